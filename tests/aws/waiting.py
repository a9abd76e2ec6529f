"""Waiting for what a test needs to have happened, instead of for a time in which it usually has."""

import time
from typing import Callable, TypeVar

Found = TypeVar("Found")


PATIENCE = 3
"""A busy machine takes longer; what happens is not waited for any longer than it takes."""


class NeverHappened(AssertionError):
    """What was waited for did not come."""


def until(happened: Callable[[], Found], what: str, seconds: float = 30.0, every: float = 0.05) -> Found:
    """Asks again and again until the answer is true, and returns it. `seconds` only bounds a failing test."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        found = happened()
        if found:
            return found
        if time.monotonic() > deadline:
            raise NeverHappened(f"not within {seconds * PATIENCE:.0f} s: {what}")
        time.sleep(every)
