"""Reads the Parquet folder with Spark, without a catalogue, and compares it with what DuckDB reads of it.

    pip install pyspark 'duckdb<2' pytz
    python tests/sql/spark.py DATA

Not part of the test command: Spark is 450 MB and needs Java. Run it when columns or the way of writing them change.
"""

import sys
from pathlib import Path

import duckdb
from pyspark.sql import SparkSession

TYPES = {
    "VARCHAR": "string", "BIGINT": "bigint", "DOUBLE": "double", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp", "VARCHAR[]": "array<string>", "BIGINT[]": "array<bigint>",
}


def main():
    (data,) = sys.argv[1:]
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    duckdb.sql("SET TimeZone = 'UTC'")
    rows = 0
    tables = [folder for folder in sorted((Path(data) / "warehouse").iterdir()) if not folder.name.startswith("_")]
    for folder in tables:
        ours = spark.read.parquet(str(folder))
        theirs = duckdb.sql(f"SELECT * FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true)")
        columns = {field.name: field.dataType.simpleString() for field in ours.schema.fields}
        assert columns == {name: TYPES[str(of)] for name, of in zip(theirs.columns, theirs.types)}, folder.name
        # Counts of values tell nulls; smallest and largest tell values and moments.
        for name, of in columns.items():
            orders = "array" not in of and of != "boolean"
            edges = f", CAST(MIN(`{name}`) AS STRING), CAST(MAX(`{name}`) AS STRING)" if orders and of != "double" else ""
            ours.createOrReplaceTempView("one")
            said = spark.sql(f"SELECT COUNT(*), COUNT(`{name}`){edges} FROM one").first()
            edges = edges.replace("`", '"').replace("STRING", "VARCHAR")
            same = duckdb.sql(f'SELECT COUNT(*), COUNT("{name}"){edges} FROM theirs').fetchone()
            found = [str(value).removesuffix("+00") for value in same]
            assert [str(value) for value in said] == found, (folder.name, name, said, same)
        rows += ours.count()
    print(f"Spark {spark.version} and DuckDB {duckdb.__version__} read the same: {len(tables)} tables, {rows} rows")


if __name__ == "__main__":
    main()
