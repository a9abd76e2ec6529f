"""Behaviours that a test orders from a stand-in: `POST /_script` with the fields of `Order`."""

import threading
import time
from dataclasses import asdict, dataclass, field

BEHAVIOURS = {
    "throttle": "429 ThrottlingException",
    "error": "the error `code` with `status`",
    "slow": "the right answer, `seconds_late` late",
    "invalid_answer": "Converse: a tool call whose input has another form than asked for",
    "unknown_turn": "Converse: a tool call whose statements name a turn that does not exist",
    "invented": "Converse with the tool of answers, InvokeAgent: an answer that no passage says",
    "refusal": "Converse: a text instead of a tool call, stop reason content_filtered",
    "guardrail": "Converse and ApplyGuardrail: the guardrail intervened",
    "max_tokens": "Converse: cut off in the middle of the tool call",
    "item_error": "BatchDetectSentiment: every text in the ErrorList",
}


@dataclass
class Order:
    """One behaviour: for the next `times` requests, or all within `seconds`; of a service, an operation, or with a text."""

    behaviour: str
    service: str | None = None
    operation: str | None = None
    match: str = ""
    times: int | None = None
    seconds: float | None = None
    code: str = "InternalServerException"
    status: int = 500
    seconds_late: float = 0.0
    used: int = 0
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.behaviour not in BEHAVIOURS:
            raise ValueError(f"behaviour is one of {sorted(BEHAVIOURS)}, not {self.behaviour!r}")

    def applies(self, service: str, operation: str, body: bytes) -> bool:
        """Whether it is for this request and not used up."""
        if self.service not in (None, service) or self.operation not in (None, operation):
            return False
        if self.seconds is not None and time.monotonic() - self.began > self.seconds:
            return False
        if self.times is not None and self.used >= self.times:
            return False
        return self.match.encode() in body


class Script:
    """The orders in force, oldest first."""

    def __init__(self) -> None:
        self._orders: list[Order] = []
        self._lock = threading.Lock()

    def add(self, order: dict) -> None:
        """Takes an order; unknown fields are refused."""
        with self._lock:
            self._orders.append(Order(**order))

    def clear(self) -> None:
        """Ends all orders."""
        with self._lock:
            self._orders.clear()

    def next(self, service: str, operation: str, body: bytes) -> Order | None:
        """The order for this request, counted as used."""
        with self._lock:
            order = next((order for order in self._orders if order.applies(service, operation, body)), None)
            if order is not None:
                order.used += 1
            return order

    def shown(self) -> list[dict]:
        """All orders."""
        return [asdict(order) for order in self._orders]
