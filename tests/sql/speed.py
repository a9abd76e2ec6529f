"""Writes turns, as JSON lines, to one Parquet file with Polars or DuckDB, and says what it took.

    python tests/sql/speed.py polars|duckdb turns.jsonl out.parquet

A process of its own each, so that the kernel's high-water mark is of that tool.
"""

import importlib
import json
import os
import resource
import sys
import time


def with_polars(source, target):
    import polars

    polars.scan_ndjson(source).sink_parquet(target, compression="zstd", compression_level=3)
    return polars.__version__


def with_duckdb(source, target):
    import duckdb

    duckdb.sql(
        f"COPY (SELECT * FROM read_json('{source}', format = 'newline_delimited')) TO '{target}' "
        "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3)"
    )
    return duckdb.__version__


def main():
    tool, source, target = sys.argv[1:4]
    importlib.import_module(tool)
    started, processors = time.perf_counter(), time.process_time()
    version = {"polars": with_polars, "duckdb": with_duckdb}[tool](source, target)
    seconds, processors = time.perf_counter() - started, time.process_time() - processors
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = {"tool": f"{tool} {version}", "seconds": seconds, "processor_seconds": processors, "peak_mb": peak}
    print(json.dumps({**said, "bytes": os.path.getsize(target)}))


if __name__ == "__main__":
    main()
