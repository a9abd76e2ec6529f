"""Starts MiniStack with what it lacks of AWS. `harness.py` runs it; by hand: `python launcher.py --port 4566 --records DIR`.

Added: AWS's rules for streams and queues (`emulator/stream_rules.py`, `stream_workers.py`, `queues.py`), faults and a journal
of calls (`emulator/gateway.py`), Athena's SQL (`emulator/athena.py`), and stand-ins for Bedrock and Comprehend (`standins/`).
MiniStack's private functions are replaced for that, so the version is checked; `test_launcher.py` holds each rule.
"""

import argparse
import os
import signal
import sys
import threading
from importlib.metadata import version
from pathlib import Path

PINNED = "1.5.33"


def main() -> None:
    """Reads the command line and serves until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--records", type=Path, default=Path("."), help="folder for the stand-ins' record of requests")
    parser.add_argument("--with-parent", action="store_true", help="end, with all functions, when standard input ends")
    options = parser.parse_args()
    if version("ministack") != PINNED:
        raise SystemExit(f"ministack is {version('ministack')}; the rules were written for {PINNED}")
    if options.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    _environment(options.port)
    _serve(options.records)


def _end_with_parent() -> None:
    """A test run that is killed must not leave an emulator behind: its end of the pipe closes, whatever it died of."""
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)


def _environment(port: int) -> None:
    """What MiniStack reads from its environment as it is imported."""
    os.environ.update(
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        AWS_REGION=os.environ.get("AWS_REGION", "us-east-1"),
        AWS_DEFAULT_REGION=os.environ.get("AWS_REGION", "us-east-1"),
        IOT_MTLS_ENABLED="0",
    )


def _serve(records: Path) -> None:
    """Puts the parts together. Imports are here because MiniStack reads its environment as it is imported."""
    from ministack import app

    from emulator import athena, processes, queues
    from emulator.gateway import Gateway
    from emulator.invoking import Deliveries
    from emulator.stream_workers import StreamWorkers
    from standins.service import Standins

    deliveries = Deliveries()
    streams = StreamWorkers(deliveries)
    streams.install()
    queues.install(deliveries)
    processes.install()
    athena.install()
    app.app = Gateway(app.app, deliveries, streams, Standins(records / "standins.jsonl"))
    sys.argv[1:] = []  # MiniStack's main reads the command line too.
    app.main()


if __name__ == "__main__":
    main()
