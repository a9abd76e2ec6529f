#!/usr/bin/env python3
"""Measures how functions start: from the start of the process to its first poll of the Runtime API, beside Python with boto3.

`python3 tests/aws/speed.py FOLDER` where FOLDER holds the programs: `target/lambda`, as `cargo xtask functions x86_64` leaves
them for a deployment, or `target/release`.
The Runtime API and every AWS service stand in one small server on loopback that answers at once, so what is measured is the
program: loading, settings, clients, and the calls that open connections. What a program reads before its first event so that no
caller has to wait for it, its warm-up, it logs itself, and it is shown apart. Prints a table; nothing here fails for being slow.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import environment

RUNS = 15
ANSI = re.compile(r"\x1b\[[\d;]*m")
PROGRAMS = sorted(path.stem for path in (environment.ROOT / "functions").glob("*/src/bin/*.rs"))
BASELINE = """
    import os, urllib.request, boto3
    dynamodb, s3, kinesis = (boto3.client(name) for name in ("dynamodb", "s3", "kinesis"))
    urllib.request.urlopen(f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/next").read()
"""


class Server(BaseHTTPRequestHandler):
    """The Runtime API, which never has an event, and services that answer at once."""

    polled = threading.Event()
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Head and body of an answer are two writes: the second must not wait until a client says that it has the first."""

    def do_GET(self) -> None:
        """Notes the first poll, and keeps it waiting; anything else is not there."""
        if self.path.endswith("/invocation/next"):
            Server.polled.set()
            time.sleep(60)
        self._answer(404, b"{}")

    def do_POST(self) -> None:
        """Gives the secret and its one version, refuses the rest."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.headers.get("x-amz-target", "").endswith("ListSecretVersionIds"):
            return self._answer(200, b'{"Versions":[{"VersionId":"1","VersionStages":["AWSCURRENT"]}]}')
        if self.headers.get("x-amz-target", "").endswith("GetSecretValue"):
            return self._answer(200, json.dumps({"SecretString": "0123456789abcdef"}).encode())
        return self._answer(400, b'{"__type":"ValidationException","message":"a stand-in"}')

    do_HEAD, do_PUT = do_GET, do_POST

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def variables(port: int) -> dict[str, str]:
    """The environment of a function."""
    names = ("SEGMENTS_TABLE", "CONTACTS_TABLE", "RESULTS_TABLE", "INDEX_TABLE", "ANSWERS_TABLE", "RAW_BUCKET",
             "ANALYSIS_BUCKET", "WAREHOUSE_BUCKET", "KNOWLEDGE_BUCKET", "EVENT_BUS", "EVENTS_STREAM", "INSIGHTS_STREAM",
             "HMAC_SECRET", "SESSION_SECRET", "QUEUE_URL", "ANSWER_QUEUE", "KNOWLEDGE_BASE_ID", "KNOWLEDGE_DATA_SOURCE_ID",
             "CONNECT_INSTANCE_ID", "OUTBOUND_FLOW_ID", "OUTBOUND_QUEUE_ID")
    return {f"AFTERCALL_{name}": name.lower().replace("_", "-") for name in names} | {
        "AFTERCALL_DEAD_LETTER_QUEUES": "{}", "AFTERCALL_OUTBOUND_SOURCE_NUMBER": "+14155550100",
        "AFTERCALL_VOICE__MODEL_ID": "model",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_LOG_STREAM_NAME": "s", "AWS_LAMBDA_LOG_GROUP_NAME": "g",
        "PATH": os.environ["PATH"],
    }


@dataclass
class Start:
    """What one start was: milliseconds to the first poll, those among them that the program calls its warm-up, and megabytes
    resident then."""

    took: float
    warm_up: float
    resident: float


def start(command: list[str], port: int) -> Start:
    """Starts a program once."""
    Server.polled.clear()
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=variables(port), stdout=log, stderr=log)
        try:
            if not Server.polled.wait(20):
                log.seek(0)
                raise SystemExit(f"{command[-1]} does not poll: {log.read().decode()[-600:]}")
            took = (time.perf_counter() - began) * 1000
            status = Path(f"/proc/{process.pid}/status").read_text()
            resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
            log.seek(0)
            warm_up = re.search(r"warm_up_ms\W*=\W*([\d.]+)", ANSI.sub("", log.read().decode()))
        finally:
            process.kill()
            process.wait()
    return Start(took, float(warm_up.group(1)) if warm_up else 0.0, resident / 1024)


def row(name: str, command: list[str], size: float | None, port: int) -> str:
    """Median and range of several starts, as a row of the table."""
    runs = [start(command, port) for _ in range(RUNS)]
    times, apart = [run.took for run in runs], [run.took - run.warm_up for run in runs]
    resident = statistics.median(run.resident for run in runs)
    warm_up = statistics.median(run.warm_up for run in runs)
    warm_up_text = f"{warm_up:.1f}" if warm_up else ""
    size_text = "" if size is None else f"{size:.2f}"
    return (
        f"| {name} | {statistics.median(apart):.1f} | {min(apart):.1f}–{max(apart):.1f} | {warm_up_text} "
        f"| {statistics.median(times):.1f} | {resident:.0f} | {size_text} |"
    )


def main() -> None:
    """Measures every program of the folder, and Python in the same run."""
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    print(f"| function | median ms to first poll, of {RUNS}, warm-up apart | range | ms of warm-up | both | MB resident | MB program |")
    print("|---|---|---|---|---|---|---|")
    for name in PROGRAMS:
        program = next((path for path in (folder / name / "bootstrap", folder / name) if path.is_file()), None)
        if program is None:
            raise SystemExit(f"{folder} has no program {name}: cargo xtask functions x86_64")
        print(row(name, [str(program)], program.stat().st_size / 1e6, port), flush=True)
    python = environment.python()
    baseline = [str(python), "-c", textwrap.dedent(BASELINE)]
    print(row("Python 3.11, three clients of boto3", baseline, None, port))


if __name__ == "__main__":
    main()
