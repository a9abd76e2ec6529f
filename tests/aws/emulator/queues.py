"""SQS to functions: MiniStack's poller stays, what becomes of a batch follows AWS's rules also for malformed answers."""

import os
import time
from types import SimpleNamespace

from ministack.core.concurrency import esm_wake
from ministack.services import lambda_svc, sqs

from . import stream_rules
from .invoking import Deliveries, error_of


SPEED = float(os.environ.get("QUEUE_SPEED", "1"))
"""How much faster the clock of the queues goes: with 60, a message that is hidden for a minute comes back after a second."""


def install(deliveries: Deliveries) -> None:
    """Replaces the end of MiniStack's delivery of a batch of messages, and the clock that messages are hidden by."""
    began = time.time()
    # A fast clock is past the days of a queue's retention within minutes, and what other services put into a queue bears the
    # true time: it would be gone at once.
    sqs._expire_retained = lambda _queue: None
    sqs.time = SimpleNamespace(time=lambda: began + (time.time() - began) * SPEED, sleep=time.sleep, monotonic=time.monotonic)

    def run(mapping: dict, function: dict, event: dict, batch: list[dict], queue_url: str, _queue_name: str) -> None:
        result = deliveries.deliver(function, event["Records"])
        failed = failed_messages(mapping, event["Records"], result)
        mapping["LastProcessingResult"] = "OK" if not failed else "PROBLEM: Function call failed"
        done = {message["receipt_handle"] for message in batch if message["id"] not in failed}
        if done:
            sqs._delete_messages_for_esm(queue_url, done)
        esm_wake.set()

    lambda_svc._run_sqs_batch = run


def failed_messages(mapping: dict, records: list[dict], result: dict) -> set[str]:
    """The messages that stay in the queue until their visibility timeout ends. Others are deleted."""
    every = {record["messageId"] for record in records}
    if error_of(result):
        return every
    if not stream_rules.Limits.of(mapping).partial:
        return set()
    ids = stream_rules.failed_ids(result.get("body"))
    return every if ids is None or not every.issuperset(ids) else set(ids)


def depths() -> dict[str, int]:
    """Messages of queues that feed a function, by queue, those in flight included."""
    found = {}
    for _, _, mapping in lambda_svc._iter_all_esms():
        arn = mapping.get("EventSourceArn", "")
        queue = sqs._queue_by_arn(arn) if ":sqs:" in arn else None
        if queue is not None and queue["messages"]:
            found[arn.split(":")[-1]] = len(queue["messages"])
    return found
