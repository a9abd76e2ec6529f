"""Kinesis and DynamoDB Streams to functions, with AWS's rules for failures.

Every shard of every mapping has a worker of its own, so that a slow or failing function delays nobody else. Replaces
MiniStack's poller of streams, which ignores reported failures and repeats errors for ever on one common thread.
"""

import logging
import os
import threading
import time

from ministack.core.concurrency import esm_wake, spawn_background
from ministack.core.responses import _request_account_id, _request_region
from ministack.services import lambda_svc

from . import destinations, stream_rules, stream_sources
from .invoking import Deliveries, error_of
from .stream_rules import Batch, Limits

RETRY_DELAY = float(os.environ.get("STREAM_RETRY_DELAY", "0.2"))
"""Seconds before a failed batch is delivered again. AWS backs off exponentially; tests have no time for that."""

logger = logging.getLogger("aftercall.streams")


class Shard:
    """Reads one shard for one mapping, from a sequence number on."""

    def __init__(self, pool: "StreamWorkers", mapping: dict, name: str, after: int) -> None:
        self.pool, self.mapping, self.name, self.after = pool, mapping, name, after
        self.busy = False

    def run(self) -> None:
        """Delivers batches until nothing is left to read. Runs on a thread of its own."""
        try:
            while self.pool.is_alive(self.mapping) and (records := self.read()):
                self._deliver_all(records)
                self.after = stream_sources.sequence(records[-1])
        finally:
            self.busy = False
            esm_wake.set()

    def read(self) -> list[dict]:
        """The next batch."""
        reader = stream_sources.shards_of(self.mapping).get(self.name)
        return reader(self.after, int(self.mapping.get("BatchSize") or 100)) if reader else []

    def _deliver_all(self, records: list[dict]) -> None:
        """Delivers these records until each has succeeded, was filtered out or was given up. Nothing later is read before."""
        kept = lambda_svc._apply_filter_criteria(records, self.mapping)
        waiting = [Batch(tuple(kept))] if kept else []
        while waiting and self.pool.is_alive(self.mapping):
            following = self._deliver(waiting.pop(0))
            waiting[:0] = following
            if following:
                self.pool.pause(RETRY_DELAY)

    def _deliver(self, batch: Batch) -> tuple[Batch, ...]:
        limits = Limits.of(self.mapping)
        if stream_rules.is_too_old(batch, stream_sources.arrived_at(batch.records[0]), time.time(), limits):
            self._give_up(batch, "MaxRecordAgeExceeded", None)
            return ()
        function = self.pool.function_of(self.mapping)
        if function is None:
            return (batch,)
        result = self.pool.deliveries.deliver(function, list(batch.records))
        delivered = Batch(batch.records, batch.deliveries + 1)
        error = error_of(result)
        position = self._first_failure(batch, result, error, limits)
        self.mapping["LastProcessingResult"] = "OK" if position is None else "PROBLEM: Function call failed"
        if position is None:
            return ()
        logger.info("%s: batch of %d failed from %d on (%s)", self.name, len(batch.records), position, error)
        following = stream_rules.after_failure(delivered, position, error is not None, limits)
        if following.given_up:
            self._give_up(delivered, following.given_up, error)
        return following.again

    @staticmethod
    def _first_failure(batch: Batch, result: dict, error: str | None, limits: Limits) -> int | None:
        if error is not None:
            return stream_rules.WHOLE_BATCH
        if not limits.partial:
            return None
        return stream_rules.first_failure(result.get("body"), [stream_sources.sequence_text(r) for r in batch.records])

    def _give_up(self, batch: Batch, condition: str, error: str | None) -> None:
        """A destination that cannot be reached loses the batch, as on AWS; it is logged, so that a test can see it."""
        try:
            destinations.send(self.mapping, self.mapping["FunctionArn"], self.name, batch, condition, error)
        except Exception:
            logger.exception("on-failure destination of %s", self.mapping["UUID"])


class StreamWorkers:
    """The workers of all mappings of streams."""

    def __init__(self, deliveries: Deliveries) -> None:
        self.deliveries = deliveries
        self._shards: dict[tuple[str, str], Shard] = {}
        self._starts: dict[str, dict[str, int]] = {}
        self._stopped = threading.Event()

    def install(self) -> None:
        """Takes the place of MiniStack's pollers of streams."""
        lambda_svc._init_stream_position = self._remember_start
        lambda_svc._poll_kinesis = lambda: self._start_idle("kinesis")
        lambda_svc._poll_dynamodb_streams = lambda: self._start_idle("dynamodb")

    def pause(self, seconds: float) -> None:
        """Waits between deliveries; ends early when the emulator stops."""
        self._stopped.wait(seconds)

    @staticmethod
    def is_alive(mapping: dict) -> bool:
        """Whether the mapping still exists and is enabled."""
        known = any(other is mapping for _, _, other in lambda_svc._iter_all_esms())
        return known and bool(mapping.get("Enabled", True))

    @staticmethod
    def function_of(mapping: dict) -> dict | None:
        """The function of a mapping, with its code."""
        return lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))[0]

    def backlog(self) -> dict[str, int]:
        """Records that wait or are being delivered, by function."""
        waiting: dict[str, int] = {}
        for mapping in _stream_mappings("kinesis", "dynamodb"):
            for shard in self._shards_of(mapping):
                count = max(len(shard.read()), int(shard.busy))
                waiting[mapping["FunctionName"]] = waiting.get(mapping["FunctionName"], 0) + count
        return {function: count for function, count in waiting.items() if count}

    def _remember_start(self, uuid: str, arn: str, starting: str) -> None:
        """Called as a mapping is made: LATEST means later than this moment, not later than the first poll."""
        if starting != "TRIM_HORIZON" and (":kinesis:" in arn or "/stream/" in arn):
            self._starts[uuid] = stream_sources.last_of({"EventSourceArn": arn})

    def _shards_of(self, mapping: dict) -> list[Shard]:
        found = []
        for name in stream_sources.shards_of(mapping):
            key = (mapping["UUID"], name)
            if key not in self._shards:
                start = self._starts.get(mapping["UUID"], {}).get(name, 0)
                self._shards[key] = Shard(self, mapping, name, start)
            found.append(self._shards[key])
        return found

    def _start_idle(self, kind: str) -> bool:
        """Starts a worker for every shard that has records and no worker. Says whether it started one."""
        started = False
        for mapping in _stream_mappings(kind):
            for shard in self._shards_of(mapping) if mapping.get("Enabled", True) else ():
                if not shard.busy and shard.read():
                    shard.busy = started = True
                    spawn_background(shard.run, thread_name=f"shard-{shard.name}")
        return started


def _stream_mappings(*kinds: str):
    """The mappings of these kinds of streams, each in its account and region."""
    for account, region, mapping in lambda_svc._iter_all_esms():
        if not any(f":{kind}:" in mapping.get("EventSourceArn", "") for kind in kinds):
            continue
        tokens = _request_account_id.set(account), _request_region.set(region)
        try:
            yield mapping
        finally:
            _request_account_id.reset(tokens[0])
            _request_region.reset(tokens[1])
