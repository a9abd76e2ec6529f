"""What the stand-ins have in common: requests, replies, the record of both, and who answers what."""

import json
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from .script import Script


class Refused(Exception):
    """An error as AWS answers it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class Request:
    """A request to a stand-in. `function` is the Lambda function that made it, if one did."""

    service: str
    operation: str
    path: str
    headers: dict[str, str]
    body: bytes
    function: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer, and how long it takes to come."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    delay_seconds: float = 0.0


class Standins:
    """All stand-ins behind one door. Every request is recorded, refused ones too."""

    def __init__(self, record: Path) -> None:
        from .bedrock import Bedrock
        from .comprehend import Comprehend
        from .connect import Connect

        self.script = Script()
        self._record, self._lock = record, threading.Lock()
        self._services = {"bedrock": Bedrock(), "comprehend": Comprehend(), "connect": Connect()}

    def serves(self, service: str, operation: str) -> bool:
        """Whether a stand-in answers this. `InvokeModel` and the like are the emulator's and no function uses them."""
        return service in self._services and operation in self._services[service].operations

    def answer(self, request: Request) -> Reply:
        """The reply to a request."""
        order = None
        try:
            order = self.script.next(request.service, request.operation, request.body)
            shown = self._services[request.service].answer(request, order)
            whole = shown if isinstance(shown, Reply) else Reply(200, json.dumps(shown).encode())
            reply = replace(whole, delay_seconds=order.seconds_late if order else 0.0)
        except Refused as refused:
            reply = _refusal(refused)
        self._note(request, reply, order.behaviour if order else None)
        return reply

    def _note(self, request: Request, reply: Reply, behaviour: str | None) -> None:
        line = {
            "at": time.time(), "function": request.function, "service": request.service,
            "operation": request.operation, "path": request.path, "behaviour": behaviour,
            "request": _json_or_text(request.body), "status": reply.status, "answer": _json_or_text(reply.body),
        }
        with self._lock, self._record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _refusal(refused: Refused) -> Reply:
    body = {"__type": refused.code, "message": refused.message, "Message": refused.message}
    headers = {"content-type": "application/json", "x-amzn-errortype": refused.code}
    return Reply(refused.status, json.dumps(body).encode(), headers)


def _json_or_text(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", errors="replace")
