"""A local AWS for one test run: the emulator with its stand-ins as a child process, and the means to talk to it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Callable
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

import boto3
from botocore.config import Config

from environment import HERE
from waiting import until

REGION = "us-east-1"
ACCOUNT = "000000000000"


class LocalAws:
    """Starts the launcher on a free port; stops it, and every function with it, on leaving.

    The folder of the run is kept when a test failed in it, so that logs can be read.
    """

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aftercall-aws-"))
        self.port = _free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._extra = environment or {}
        self._process: subprocess.Popen | None = None
        self._clients: dict[str, object] = {}

    def __enter__(self) -> "LocalAws":
        log = (self.folder / "emulator.log").open("w")
        command = [sys.executable, str(HERE / "launcher.py"), "--with-parent", "--port", str(self.port)]
        environment = os.environ | {"TMPDIR": str(self.folder), "AWS_REGION": REGION} | self._extra
        self._process = subprocess.Popen(
            [*command, "--records", str(self.folder)], cwd=HERE, env=environment, stdin=subprocess.PIPE, stdout=log,
            stderr=log, start_new_session=True,
        )
        until(self._answers, f"the emulator answers on port {self.port} (see {log.name})", 60)
        return self

    def __exit__(self, kind, _error, _trace) -> None:
        self.stop()
        if kind is None and not os.environ.get("AFTERCALL_KEEP_RUNS"):
            shutil.rmtree(self.folder, ignore_errors=True)
        else:
            print(f"logs and records of this run: {self.folder}")

    def stop(self) -> None:
        """Ends the emulator, which ends its functions; what does not listen is killed with its group."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self._process.pid, 9)
        except ProcessLookupError:
            pass
        self._process.wait(10)
        self._process = None

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"the emulator ended: {(self.folder / 'emulator.log').read_text()[-2000:]}")
        try:
            return bool(self.control("GET", "/_state"))
        except URLError:
            return False

    def control(self, method: str, path: str, order: dict | None = None, **options: str):
        """Sends an order to the launcher (`emulator/gateway.py` lists them) and returns its answer."""
        query = f"?{urlencode(options)}" if options else ""
        body = json.dumps(order).encode() if order is not None else None
        request = urllib.request.Request(f"{self.endpoint}{path}{query}", data=body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except HTTPError as refused:
            raise ValueError(refused.read().decode()) from None

    def client(self, service: str):
        """A boto3 client of this AWS."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service, endpoint_url=self.endpoint, region_name=REGION,
                aws_access_key_id="test", aws_secret_access_key="test",
                config=Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}, read_timeout=600,
                              request_checksum_calculation="when_required"),
            )
        return self._clients[service]

    def environment(self) -> dict[str, str]:
        """What a program needs to use this AWS: for CDK and for the smoke command."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": REGION,
        }

    def invoke(self, function: str, payload: object) -> object:
        """Invokes a function and returns its answer; an error of the function is an error here."""
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        body = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise RuntimeError(f"{function}: {body.decode()[:2000]}")
        return json.loads(body) if body else None

    def logs(self, function: str) -> list[str]:
        """The log lines of a function."""
        logs = self.client("logs")
        try:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
            return [event["message"] for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    def is_idle(self) -> bool:
        """Nothing runs, no record and no message waits."""
        state = self.control("GET", "/_state")
        return not (state["running"] or state["streams"] or state["queues"])

    def until_idle(self, seconds: float = 120, meanwhile: Callable[[], None] | None = None) -> None:
        """Waits until nothing runs and nothing waits for a while: between two hops of an event nothing is visible.

        `meanwhile` is called each time that something still does.
        """
        calm_since: list[float] = []

        def calm() -> bool:
            if not self.is_idle():
                calm_since.clear()
                if meanwhile is not None:
                    meanwhile()
                return False
            calm_since.append(time.monotonic())
            return calm_since[-1] - calm_since[0] > 0.3

        until(calm, "all functions, streams and queues are at rest", seconds)

    def standin_requests(self, service: str, function: str | None = None) -> list[dict]:
        """What the stand-ins were asked; without calls that have no body: those
        that only open a connection and are refused on purpose, and look-ups by address."""
        file = self.folder / "standins.jsonl"
        lines = [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []
        asked = [line for line in lines if line["request"] and line["request"].get("TextList") != []]
        return [line for line in asked if line["service"] == service and function in (None, line["function"])]

    def calls(self, function: str | None = None) -> list[dict]:
        """The AWS calls that functions made."""
        return self.control("GET", "/_calls", **({"function": function} if function else {}))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

