"""Writes the expected results of tests/sql/*.slt anew, as DuckDB answers: python tests/sql/record.py DATA

Read the difference before you commit it: what stands in the files is what the queries must say from then on.
"""

import pathlib
import sys

import duckdb
import readers


def main():
    warehouse = pathlib.Path(sys.argv[1]) / "warehouse"
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for table in readers.TABLES:
        readers.with_duckdb(connection, warehouse / table, table)
    views = sorted((readers.ROOT / "schemas/sql/views").glob("*.sql"))
    for path in sorted(views, key=lambda path: (not path.stem.endswith("_latest"), path.stem == "journeys")):
        connection.execute(f"CREATE VIEW {path.stem} AS {path.read_text()}")
    for path in sorted((readers.ROOT / "tests/sql").glob("*.slt")):
        blocks = []
        for block in path.read_text().strip().split("\n\n"):
            lines = block.splitlines()
            start = next((place for place, line in enumerate(lines) if line.startswith("query")), None)
            if start is not None:
                end = lines.index("----")
                rows = connection.execute(readers.with_named("\n".join(lines[start + 1:end]))).fetchall()
                lines = lines[:end + 1] + [" ".join(readers.cell(value) for value in row) for row in rows]
            blocks.append("\n".join(lines))
        path.write_text("\n\n".join(blocks) + "\n")


if __name__ == "__main__":
    main()
