"""Rows of the warehouse, from the embedded run and from S3, in a form in which they can be compared."""

import json
import os
import subprocess
from pathlib import Path

import duckdb

from deployment import Deployment
from environment import ROOT
from plain import HMAC_KEY
from waiting import until

VIEWS = ROOT / "schemas" / "sql" / "views"
TABLES = tuple(
    sorted(file.stem.removesuffix("_latest") for file in VIEWS.glob("*_latest.sql") if not file.stem.startswith("quarantine"))
)
"""The tables of contacts. What is in quarantine is compared by its bytes: its origin is another on every machine."""
Rows = dict[str, list[str]]


def command() -> Path | None:
    """The `aftercall` program: `AFTERCALL_BINARY`, or what the workspace has built."""
    named = os.environ.get("AFTERCALL_BINARY")
    places = [Path(named)] if named else [ROOT / "target" / profile / "aftercall" for profile in ("release", "debug")]
    return next((place for place in places if place.is_file()), None)


def embedded_rows(binary: Path, inputs: Path, folder: Path, settings: dict[str, str]) -> Rows:
    """The rows that the same inputs give on one machine, with the same key of customer hashes."""
    data = folder / "embedded"
    data.mkdir()
    (data / "hmac.key").write_bytes(HMAC_KEY)
    # Nobody else writes here, so the dump waits for nobody.
    environment = os.environ | settings | {"AFTERCALL_DATA": str(data), "AFTERCALL_DUMP__LAG_SECONDS": "0"}
    done = subprocess.run([binary, "run", str(inputs)], env=environment, cwd=folder, capture_output=True, text=True)
    if not any((data / "warehouse").glob("contacts/*/*.parquet")):
        raise AssertionError(f"the embedded run wrote no rows: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return rows_of(data / "warehouse")


def dumped_rows(deployment: Deployment, folder: Path) -> Rows:
    """The rows in the warehouse bucket, once the dump has written the newest revision of every contact."""
    newest = deployment.newest_revisions()

    def complete() -> bool:
        try:
            deployment.invoke("analytics-dump", {})
        except RuntimeError as error:
            print(f"analytics-dump: {error}")
        _download(deployment, folder)
        return _revisions(folder / "warehouse") == newest

    until(complete, f"the newest revisions of {len(newest)} contacts are in the warehouse", 180, every=1.0)
    return rows_of(folder / "warehouse")


def _download(deployment: Deployment, folder: Path) -> None:
    for key, content in deployment.objects("warehouse", "warehouse/").items():
        if key.endswith(".parquet"):
            file = folder / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def _revisions(warehouse: Path) -> dict[str, int]:
    """The newest revision of every contact in the files."""
    if not (warehouse / "contacts").is_dir():
        return {}
    query = f"SELECT instance_id || '/' || contact_id, max(revision) FROM {_files(warehouse, 'contacts')} GROUP BY 1"
    return dict(duckdb.execute(query).fetchall())


def rows_of(warehouse: Path) -> Rows:
    """The newest revision of every contact, by table: each row as JSON without what may differ between two stores."""
    base = duckdb.connect()
    written = [table for table in TABLES if (warehouse / table).is_dir()]
    for table in written:
        base.execute(f"CREATE VIEW {table}_all AS SELECT * FROM {_files(warehouse, table)}")
    return {table: _rows(base, (VIEWS / f"{table}_latest.sql").read_text()) if table in written else [] for table in TABLES}


def _files(warehouse: Path, table: str) -> str:
    return f"read_parquet('{warehouse / table / '*' / '*.parquet'}', hive_partitioning = false, union_by_name = true)"


def _rows(base: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    found = base.execute(query)
    names = [column[0] for column in found.description]
    compared = [place for place, name in enumerate(names) if name != "revision" and not name.startswith("processing_")]
    rows = [{names[place]: row[place] for place in compared} for row in found.fetchall()]
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)
