"""Every named query once through Athena's API, over Glue tables made of the generated columns, with the answers of tests/sql.

It is a test of the wiring: tables, views and queries as Athena gets them. The engine is DuckDB behind sqlglot, and partition
projection has no effect here; its properties have a test in cdk/.
"""

import json
import re

import pytest

import warehouse
from environment import ROOT
from harness import LocalAws
from inputs import SAMPLES
from waiting import until

SQL = ROOT / "tests" / "sql"
QUERIES = ROOT / "schemas" / "sql" / "queries"
VIEWS = ROOT / "schemas" / "sql" / "views"
BUCKET, DATABASE = "athena-warehouse", "aftercall"
SETTINGS = {"AFTERCALL_CATEGORIES__RULES": str(SQL / "rules.toml"), "AFTERCALL_ENTITIES__MAP": str(SQL / "entities.csv")}


def records() -> list[tuple[str, str, str, list[str]]]:
    """Name, types of the columns, query and expected lines of every block of tests/sql over the samples. Blocks over rows that they
    give themselves say nothing of the wiring, and the emulator puts a view in the place of a WITH of its name."""
    found = []
    for path in sorted(SQL.glob("*.slt")):
        for block in re.split(r"\n\s*\n", path.read_text()):
            lines = [line for line in block.strip().splitlines() if not line.startswith("#")]
            if lines and lines[0].startswith("query") and not lines[1].startswith("WITH "):
                end = lines.index("----")
                found.append((path.stem, lines[0].split()[1], "\n".join(lines[1:end]), lines[end + 1:]))
    return found


def named(sql: str) -> str:
    """`{{name}}` stands for the query of that name."""
    return re.sub(r"\{\{([a-z-]+)\}\}", lambda found: f"(\n{(QUERIES / (found[1] + '.sql')).read_text()}\n)", sql)


def cell(kind: str, value: str | None) -> str:
    """A cell as tests/sql has it."""
    if value is None:
        return "NULL"
    return f"{float(value):.3f}" if kind == "R" else str(int(float(value))) if kind == "I" else value or "(empty)"


@pytest.fixture(scope="module")
def ask(command, tmp_path_factory):
    """Asks Athena; the warehouse holds the samples."""
    folder = tmp_path_factory.mktemp("athena")
    warehouse.embedded_rows(command, SAMPLES, folder, SETTINGS)
    with LocalAws() as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for path in sorted((folder / "embedded" / "warehouse").rglob("*.parquet")):
            s3.put_object(Bucket=BUCKET, Key=path.relative_to(folder / "embedded").as_posix(), Body=path.read_bytes())
        make_tables(aws)

        def ask(sql: str) -> list[list[str | None]]:
            athena = aws.client("athena")
            started = athena.start_query_execution(
                QueryString=sql, QueryExecutionContext={"Database": DATABASE},
                ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/athena/"},
            )["QueryExecutionId"]

            def ended() -> dict | None:
                status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
                return status if status["State"] in ("SUCCEEDED", "FAILED") else None

            status = until(ended, "the query ends")
            assert status["State"] == "SUCCEEDED", status
            rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
            return [[value.get("VarCharValue") for value in row["Data"]] for row in rows[1:]]

        for view in sorted(VIEWS.glob("*.sql")):
            ask(f"CREATE OR REPLACE VIEW {view.stem} AS {view.read_text()}")
        yield ask


def make_tables(aws: LocalAws) -> None:
    """The tables that cdk/ makes of the generated columns."""
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for path in sorted((ROOT / "schemas" / "generated" / "glue").glob("*.json")):
        table = json.loads(path.read_text())
        glue.create_table(DatabaseName=DATABASE, TableInput={
            "Name": table["name"], "TableType": "EXTERNAL_TABLE", "PartitionKeys": columns(table["partition_keys"]),
            "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
            "StorageDescriptor": {
                "Columns": columns(table["columns"]), "Location": table["location"].replace("{warehouse_bucket}", BUCKET),
                "InputFormat": table["input_format"], "OutputFormat": table["output_format"],
                "SerdeInfo": {"SerializationLibrary": table["serialization_library"]},
            },
        })


def columns(found: list[dict]) -> list[dict]:
    """Name and type, as Glue wants them."""
    return [{"Name": column["name"], "Type": column["type"]} for column in found]


def test_every_named_query_is_asked():
    assert {name for name, *_ in records()} == {path.stem for path in QUERIES.glob("*.sql")}


@pytest.mark.parametrize("name,kinds,sql,expected", records(), ids=lambda value: value if isinstance(value, str) and "\n" not in value and len(value) < 30 else "")
def test_a_named_query_answers_as_in_tests_sql(ask, name, kinds, sql, expected):
    rows = [" ".join(cell(kind, value) for kind, value in zip(kinds, row, strict=True)) for row in ask(named(sql))]
    assert rows == expected, name
