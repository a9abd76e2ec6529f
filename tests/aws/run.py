#!/usr/bin/env python3
"""Runs every test of the deployment on a local AWS, and says what was skipped and why.

`python3 tests/aws/run.py` needs Python 3.11 and, the first time, PyPI. `--fast` leaves the long scenarios out. `--strict`: a
skipped test is a failure. Exit code 0: all that could run has passed; 1: something failed; 2: a skip under --strict.
"""

import argparse
import os
import re
import subprocess
import sys
import time

import environment

LONG = {
    "test_crash_matrix.py": "the crash matrix",
    "test_thousand.py": "a thousand contacts",
    "test_outage.py": "the outage",
    "test_throttling.py": "the hour of throttling",
}


def main() -> int:
    """Reads the command line, makes the environment, runs pytest in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true", help="without the long scenarios")
    parser.add_argument("--strict", action="store_true", help="a skipped test is a failure")
    parser.add_argument("pytest", nargs="*", help="further arguments for pytest, after --")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        python = environment.python()
    except environment.Missing as missing:
        print(f"SKIPPED: all tests on a local AWS, because this is missing: {missing}")
        return 2 if options.strict else 0
    left_out = LONG if options.fast else {}
    arguments = [part for file in left_out for part in ("--ignore", str(environment.HERE / file))]
    code, skipped = _pytest(python, [*arguments, *options.pytest])
    for what in left_out.values():
        print(f"LEFT OUT: {what}")
    print(f"tests on a local AWS: {time.monotonic() - began:.0f} s, {skipped} skipped")
    if code == 0 and options.strict and (skipped or left_out):
        return 2
    return 1 if code else 0


def _pytest(python, arguments: list[str]) -> tuple[int, int]:
    """Runs pytest with its output as it comes; returns its exit code and how many tests it skipped."""
    command = [str(python), "-m", "pytest", "--durations=8", *arguments]
    environment_ = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    running = subprocess.Popen(command, cwd=environment.HERE, env=environment_, stdout=subprocess.PIPE, text=True)
    last = ""
    for line in running.stdout:
        print(line, end="", flush=True)
        last = line if re.search(r"\b(passed|failed|skipped|error)", line) else last
    skips = re.search(r"(\d+) skipped", last)
    return running.wait(), int(skips.group(1)) if skips else 0


if __name__ == "__main__":
    sys.exit(main())
