"""Faults that tests order: which call of which function fails, is slow, or takes its process with it."""

import itertools
from dataclasses import dataclass, field

from .calls import Call

ACTIONS = ("fail", "kill_before", "kill_after")


@dataclass
class Fault:
    """One ordered fault.

    `match` is part of `service.Operation`. With `nth`, exactly the n-th matching call is hit, with all of its SDK retries,
    so that the function sees one failed call; without, the first `times` requests are hit, retries included.
    `kill_before` ends the process before the call has had its effect, `kill_after` when it has had it and before the
    process learns of it.
    """

    function: str | None = None
    match: str = ""
    action: str = "fail"
    code: str = "InternalServerError"
    status: int = 500
    times: int = 1
    delay_ms: int = 0
    nth: int | None = None
    id: int = field(default_factory=itertools.count(1).__next__)
    hits: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"action is one of {ACTIONS}, not {self.action!r}")

    def hit(self, call: Call) -> bool:
        """Counts the call and says whether the fault strikes it."""
        if self.function not in (None, call.function) or self.match not in call.name:
            return False
        number = self.seen.setdefault(call.invocation, len(self.seen) + 1)
        strikes = self.hits < self.times if self.nth is None else self._is_nth(number)
        self.hits += strikes
        return strikes

    def _is_nth(self, number: int) -> bool:
        """A killed process makes no second attempt: the call with this number is hit once."""
        return number == self.nth and (self.action == "fail" or self.hits == 0)

    def shown(self) -> dict:
        """As tests read it: `calls` is how many calls matched so far."""
        return {
            "id": self.id, "function": self.function, "match": self.match, "action": self.action, "nth": self.nth,
            "times": self.times, "hits": self.hits, "calls": len(self.seen),
        }


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._all: list[Fault] = []

    def add(self, order: dict) -> Fault:
        """Takes an order as a test sends it; refuses unknown words, so that a typing error is no silent pass."""
        fault = Fault(**order)
        self._all.append(fault)
        return fault

    def clear(self) -> None:
        """Ends all faults."""
        self._all.clear()

    def strike(self, call: Call) -> Fault | None:
        """The fault that hits this call, if one does. Every fault counts it."""
        struck = [fault for fault in self._all if fault.hit(call)]
        return struck[0] if struck else None

    def shown(self) -> list[dict]:
        """All faults as tests read them."""
        return [fault.shown() for fault in self._all]
