"""Reads the warehouse's folder with tools that know nothing of aftercall, and runs the named queries with DuckDB.

    python tests/sql/readers.py DATA

DATA is a data folder made from the samples with the settings below tests/sql (`cargo xtask sql` does both). It fails with
the sentence that does not hold. It must not know a value that the other tests do not know: what a query is to answer stands
in tests/sql/*.slt, and what a column is in schemas/generated.
"""

import datetime
import json
import pathlib
import re
import sys

import duckdb
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.types
import sqlglot

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = [path.stem for path in sorted((ROOT / "schemas/generated/glue").glob("*.json"))]
# `dt` of contacts without any time is the day of the run; nothing else of the samples is as young.
FIRST_DAY, LAST_DAY = datetime.date(2026, 1, 1), datetime.date(2100, 1, 1)


def columns(table):
    """Name and Hive type of every column, the partition column last."""
    glue = json.loads((ROOT / f"schemas/generated/glue/{table}.json").read_text())
    return [(column["name"], column["type"]) for column in glue["columns"] + glue["partition_keys"]]


def not_null(table):
    lines = (ROOT / f"schemas/generated/arrow/{table}.txt").read_text().splitlines()
    return {line.split(": ")[0] for line in lines if line.endswith(" not null")}


def same_arrow_type(hive, arrow):
    checks = {
        "string": lambda: pyarrow.types.is_string(arrow) or pyarrow.types.is_large_string(arrow),
        "bigint": lambda: pyarrow.types.is_int64(arrow),
        "double": lambda: pyarrow.types.is_float64(arrow),
        "boolean": lambda: pyarrow.types.is_boolean(arrow),
        "timestamp": lambda: pyarrow.types.is_timestamp(arrow) and arrow.tz == "UTC" and arrow.unit == "ms",
        "date": lambda: pyarrow.types.is_date32(arrow),
        "array<string>": lambda: pyarrow.types.is_list(arrow) and pyarrow.types.is_string(arrow.value_type),
        "array<bigint>": lambda: pyarrow.types.is_list(arrow) and pyarrow.types.is_int64(arrow.value_type),
    }
    return checks[hive]()


DUCKDB = {
    "string": "VARCHAR", "bigint": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE", "array<string>": "VARCHAR[]", "array<bigint>": "BIGINT[]",
}
POLARS = {
    "string": polars.String, "bigint": polars.Int64, "double": polars.Float64, "boolean": polars.Boolean,
    "date": polars.Date, "timestamp": polars.Datetime("ms", "UTC"), "array<string>": polars.List(polars.String),
    "array<bigint>": polars.List(polars.Int64),
}


def with_pyarrow(folder, table):
    partition = pyarrow.dataset.partitioning(pyarrow.schema([("dt", pyarrow.date32())]), flavor="hive")
    rows = pyarrow.dataset.dataset(folder, format="parquet", partitioning=partition).to_table()
    for name, hive in columns(table):
        field = rows.schema.field(name)
        assert same_arrow_type(hive, field.type), f"pyarrow: {table}.{name} is {field.type}, {hive} was expected"
        if name in not_null(table):
            assert rows.column(name).null_count == 0, f"pyarrow: {table}.{name} holds a null"
    return {
        "rows": rows.num_rows,
        "nulls": {name: rows.column(name).null_count for name, _ in columns(table)},
        "days": sorted({day.isoformat() for day in rows.column("dt").to_pylist()}),
        "moments": sorted(
            moment.timestamp()
            for name, hive in columns(table) if hive == "timestamp"
            for moment in rows.column(name).to_pylist() if moment is not None
        ),
    }


def with_duckdb(connection, folder, table):
    connection.execute(
        f"CREATE VIEW {table}_all AS SELECT * FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true, "
        "hive_types = {'dt': DATE})"
    )
    described = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {table}_all").fetchall()}
    for name, hive in columns(table):
        assert described[name] == DUCKDB[hive], f"DuckDB: {table}.{name} is {described[name]}, {DUCKDB[hive]} was expected"
    one = lambda sql: connection.execute(sql).fetchall()
    moments = [
        moment
        for name, hive in columns(table) if hive == "timestamp"
        for (moment,) in one(f"SELECT epoch_ms({name}) / 1000.0 FROM {table}_all WHERE {name} IS NOT NULL")
    ]
    return {
        "rows": one(f"SELECT COUNT(*) FROM {table}_all")[0][0],
        "nulls": {name: one(f"SELECT COUNT(*) - COUNT({name}) FROM {table}_all")[0][0] for name, _ in columns(table)},
        "days": sorted(day.isoformat() for (day,) in one(f"SELECT DISTINCT dt FROM {table}_all")),
        "moments": sorted(float(moment) for moment in moments),
    }


def with_polars(folder, table):
    rows = polars.read_parquet(f"{folder}/*/*.parquet", hive_partitioning=True, hive_schema={"dt": polars.Date})
    for name, hive in columns(table):
        assert rows.schema[name] == POLARS[hive], f"Polars: {table}.{name} is {rows.schema[name]}, {hive} was expected"
    moments = [
        moment / 1000.0
        for name, hive in columns(table) if hive == "timestamp"
        for moment in rows[name].drop_nulls().dt.epoch("ms").to_list()
    ]
    return {
        "rows": rows.height,
        "nulls": {name: rows[name].null_count() for name, _ in columns(table)},
        "days": sorted(day.isoformat() for day in rows["dt"].unique().to_list()),
        "moments": sorted(moments),
    }


def with_named(sql):
    """`{{name}}` stands for the query of that name, in brackets."""
    read = lambda match: "(\n" + (ROOT / f"schemas/sql/queries/{match[1]}.sql").read_text() + "\n)"
    return re.sub(r"\{\{([a-z-]+)\}\}", read, sql)


def cell(value):
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value) or "(empty)"


def records(path):
    """The queries of a sqllogictest file, with their expected lines."""
    for block in re.split(r"\n\s*\n", path.read_text()):
        lines = [line for line in block.strip().splitlines() if not line.startswith("#")]
        if lines and lines[0].startswith("query"):
            end = lines.index("----")
            yield "\n".join(lines[1:end]), lines[end + 1:]


def run_queries(connection):
    views = sorted((ROOT / "schemas/sql/views").glob("*.sql"))
    # The views of the newest revisions first: the others stand on them.
    for path in sorted(views, key=lambda path: (not path.stem.endswith("_latest"), path.stem == "journeys")):
        connection.execute(f"CREATE VIEW {path.stem} AS {path.read_text()}")
    count = 0
    for path in sorted((ROOT / "tests/sql").glob("*.slt")):
        for sql, expected in records(path):
            rows = connection.execute(with_named(sql)).fetchall()
            actual = [" ".join(cell(value) for value in row) for row in rows]
            normal = lambda lines: [" ".join(line.split()) for line in lines]
            assert normal(actual) == normal(expected), f"DuckDB: {path.name}:\n{sql}\ngives\n" + "\n".join(actual)
            count += 1
    return count


def decimal_literals(parsed):
    """Numbers such as 100.0. Trino reads them as decimals and divides with as many decimal places as they have; 1e2 is a
    double everywhere."""
    literals = parsed.find_all(sqlglot.expressions.Literal)
    return [literal.this for literal in literals if not literal.is_string and re.fullmatch(r"\d*\.\d*", literal.this)]


def parse_for_athena():
    sample = sqlglot.parse_one("SELECT 100.0 * a / 1e3, '2.5', 7 FROM t WHERE b > 0.5", read="athena")
    assert sorted(decimal_literals(sample)) == ["0.5", "100.0"], decimal_literals(sample)
    paths = sorted((ROOT / "schemas/sql").glob("*/*.sql"))
    for path in paths:
        parsed = sqlglot.parse(path.read_text(), read="athena")
        assert len(parsed) == 1 and isinstance(parsed[0], sqlglot.expressions.Select), f"{path.name} is not one SELECT"
        decimals = decimal_literals(parsed[0])
        assert not decimals, f"{path.name}: {', '.join(decimals)} is a decimal in Athena; write it as a double, such as 1e2"
    return len(paths)


def main():
    warehouse = pathlib.Path(sys.argv[1]) / "warehouse"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    total = 0
    for table in TABLES:
        folder = warehouse / table
        assert any(folder.glob("*/*.parquet")), f"the samples give {table} no row"
        by_pyarrow = with_pyarrow(folder, table)
        for name, read in [("DuckDB", with_duckdb(connection, folder, table)), ("Polars", with_polars(folder, table))]:
            for what, expected in by_pyarrow.items():
                assert read[what] == expected, f"{name} and pyarrow do not agree on the {what} of {table}"
        assert all(FIRST_DAY.isoformat() < day < LAST_DAY.isoformat() for day in by_pyarrow["days"])
        total += by_pyarrow["rows"]
    print(f"pyarrow {pyarrow.__version__}, DuckDB {duckdb.__version__} and Polars {polars.__version__} read the same:")
    print(f"  {len(TABLES)} tables, {total} rows, types, nulls, moments and partition columns")
    print(f"  {run_queries(connection)} results of named queries as in tests/sql/*.slt, by DuckDB")
    print(f"  {parse_for_athena()} files of SQL parsed in Athena's dialect by sqlglot {sqlglot.__version__}")


if __name__ == "__main__":
    main()
