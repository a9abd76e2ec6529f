"""The door in front of the emulator: knows who calls, applies faults, answers for stand-ins, and listens to tests.

| address | does |
|---|---|
| `GET /_state` | invocations running, records and messages waiting, by function and queue |
| `POST /_fault`, `GET`, `DELETE` | orders a fault (`faults.Fault`), shows all, ends all |
| `GET /_calls?function=`, `DELETE` | AWS calls that functions made, in order |
| `GET /_deliveries?function=`, `DELETE` | batches delivered by mappings; `DELETE` also ends twins |
| `POST /_twins` | `{"function": name or "*"}`: from now on its batches go to two workers at once |
| `POST /_drop` | `{"kind": "kinesis" or "dynamodb", "name": …}`: the stream loses what lies in it |
| `POST /_script`, `DELETE` | orders a behaviour of a stand-in (`standins.script`), ends all |
"""

import asyncio
import json
from dataclasses import asdict
from urllib.parse import parse_qs

from ministack.services import lambda_svc

from standins.service import Request, Standins

from . import calls, processes, queues, stream_sources
from .faults import Faults
from .invoking import Deliveries
from .stream_workers import StreamWorkers


class Gateway:
    """An ASGI application around another."""

    def __init__(self, inner, deliveries: Deliveries, streams: StreamWorkers, standins: Standins) -> None:
        self.inner, self.deliveries, self.streams, self.standins = inner, deliveries, streams, standins
        self.faults, self.journal = Faults(), calls.Journal()

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        query = scope.get("query_string", b"").decode()
        if control := self._controls().get(scope["path"]):
            await self._control(control, scope["method"], query, receive, send)
            return
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        call = calls.read(scope["method"], scope["path"], query, headers)
        if not call.function and not self.standins.serves(call.service, call.operation):
            await self.inner(scope, receive, send)
            return
        await self._carry(call, scope, headers, receive, send)

    async def _carry(self, call: calls.Call, scope, headers: dict, receive, send) -> None:
        """One AWS call of a function, with what was ordered for it."""
        fault = None
        if call.function:
            self.journal.add(call)
            fault = self.faults.strike(call)
        if fault is not None:
            call.fault = fault.action
            await asyncio.sleep(fault.delay_ms / 1000)
        answer = _Answer(call, send)
        if fault is not None and fault.action == "kill_before":
            processes.kill(call.process)
            await answer.error(503, "ServiceUnavailable", headers)
        elif fault is not None and fault.action == "fail" and fault.code:
            await answer.error(fault.status, fault.code, headers)
        else:
            answer.process_to_kill = call.process if fault is not None and fault.action == "kill_after" else None
            await self._serve(call, scope, headers, receive, answer)

    async def _serve(self, call: calls.Call, scope, headers: dict, receive, answer: "_Answer") -> None:
        if not self.standins.serves(call.service, call.operation):
            await self.inner(scope, receive, answer.send)
            return
        body = await _body(receive)
        path = scope.get("raw_path", scope["path"].encode()).decode()
        reply = self.standins.answer(Request(call.service, call.operation, path, headers, body, call.function))
        await asyncio.sleep(reply.delay_seconds)
        await answer.whole(reply.status, reply.headers, reply.body)

    def _controls(self) -> dict:
        return {
            "/_state": self._state, "/_fault": self._fault, "/_calls": self._calls, "/_deliveries": self._deliveries,
            "/_twins": self._twins, "/_drop": self._drop, "/_script": self._script,
        }

    async def _control(self, control, method: str, query: str, receive, send) -> None:
        """An order of a test: answered with JSON, or with 400 and the reason if it cannot be understood."""
        body = await _body(receive)
        options = {key: values[0] for key, values in parse_qs(query).items()}
        try:
            status, shown = 200, control(method, json.loads(body) if body else {}, options)
        except (KeyError, TypeError, ValueError) as error:
            status, shown = 400, {"message": f"{type(error).__name__}: {error}"}
        await _respond(send, status, {"content-type": "application/json"}, json.dumps(shown).encode())

    def _state(self, _method: str, _order: dict, _options: dict) -> dict:
        running, by_function = lambda_svc.executions_in_flight()
        return {
            "running": running,
            "by_function": {key.split(":")[-1]: count for key, count in by_function.items()},
            "streams": self.streams.backlog(),
            "queues": queues.depths(),
        }

    def _fault(self, method: str, order: dict, _options: dict) -> object:
        if method == "POST":
            return self.faults.add(order).shown()
        if method == "DELETE":
            self.faults.clear()
        return self.faults.shown()

    def _calls(self, method: str, _order: dict, options: dict) -> list[dict]:
        if method == "DELETE":
            self.journal.clear()
        return [asdict(call) for call in self.journal.of(options.get("function"))]

    def _deliveries(self, method: str, _order: dict, options: dict) -> list[dict]:
        if method == "DELETE":
            self.deliveries.clear()
        return self.deliveries.shown(options.get("function"))

    def _twins(self, _method: str, order: dict, _options: dict) -> list[str]:
        self.deliveries.twins.add(order["function"])
        return sorted(self.deliveries.twins)

    def _drop(self, _method: str, order: dict, _options: dict) -> dict:
        return {"dropped": stream_sources.drop(order["kind"], order["name"])}

    def _script(self, method: str, order: dict, _options: dict) -> list[dict]:
        if method == "DELETE":
            self.standins.script.clear()
        elif method == "POST":
            self.standins.script.add(order)
        return self.standins.script.shown()


class _Answer:
    """The answer to a call: notes its status, and keeps it back where the process is to die before it."""

    def __init__(self, call: calls.Call, send) -> None:
        self._call, self._send = call, send
        self.process_to_kill: int | None = None

    async def send(self, message: dict) -> None:
        """Passes a message of the inner application on."""
        if message["type"] == "http.response.start":
            self._call.status = message["status"]
            if self.process_to_kill is not None:
                processes.kill(self.process_to_kill)
        await self._send(message)

    async def whole(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Answers at once."""
        await _respond(self.send, status, headers, body)

    async def error(self, status: int, code: str, headers: dict[str, str]) -> None:
        """An error in the protocol of the service."""
        if self._call.service == "s3":
            body = f"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
            await self.whole(status, {"content-type": "application/xml"}, body)
            return
        body = json.dumps({"__type": code, "message": "injected"}).encode()
        kind = headers.get("content-type") or "application/x-amz-json-1.0"
        await self.whole(status, {"content-type": kind, "x-amzn-errortype": code}, body)


async def _respond(send, status: int, headers: dict[str, str], body: bytes) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    encoded.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


async def _body(receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
