"""One delivery of a batch to a function, or two at once where a test asks for it; counted, for assertions."""

import threading
import time
from dataclasses import asdict, dataclass

from ministack.services import lambda_svc


@dataclass
class Delivery:
    """One invocation by an event source mapping."""

    function: str
    records: int
    at: float
    seconds: float
    error: str | None


class Deliveries:
    """Delivers batches and remembers that it did."""

    def __init__(self) -> None:
        self.twins: set[str] = set()
        self._done: list[Delivery] = []

    def deliver(self, function: dict, records: list[dict]) -> dict:
        """Invokes the function. With a twin, a second worker gets the same batch at the same time and its answer is lost."""
        name = function["config"]["FunctionName"]
        if self.twins.isdisjoint({name, "*"}):
            return self._invoke(function, name, records)
        twin = threading.Thread(target=self._invoke, args=(function, name, records), daemon=True)
        twin.start()
        result = self._invoke(function, name, records)
        twin.join()
        return result

    def _invoke(self, function: dict, name: str, records: list[dict]) -> dict:
        began = time.time()
        result = lambda_svc._execute_function(function, {"Records": records})
        self._done.append(Delivery(name, len(records), began, time.time() - began, error_of(result)))
        return result

    def shown(self, function: str | None) -> list[dict]:
        """The deliveries to one function, or to all."""
        return [asdict(delivery) for delivery in self._done if function in (None, "", delivery.function)]

    def clear(self) -> None:
        """Forgets what was delivered and ends the twins."""
        self._done.clear()
        self.twins.clear()


def error_of(result: dict) -> str | None:
    """The error type of an invocation; `None` if it returned. Throttles count as errors: the batch was not taken."""
    if not (result.get("error") or result.get("throttle")):
        return None
    body = result.get("body")
    return str(body.get("errorType") or body.get("__type") or "Unhandled") if isinstance(body, dict) else "Unhandled"
