"""AWS's rules for a batch of a stream that failed, without any IO.

Source: Lambda developer guide, *Using Lambda with Kinesis* and *with DynamoDB*, on error handling, reporting batch item
failures and destinations. Three points are readings that nobody measured on AWS: a failure reported for the first
record is retried whole and not halved; progress resets the count of retries; halving costs no retry.
"""

from dataclasses import dataclass

WHOLE_BATCH = 0
ENDLESS = -1


@dataclass(frozen=True)
class Limits:
    """What an event source mapping says about failures."""

    retries: int = ENDLESS
    age_seconds: int = ENDLESS
    bisect: bool = False
    partial: bool = False

    @classmethod
    def of(cls, mapping: dict) -> "Limits":
        """The limits of a mapping as the Lambda API describes it."""

        def number(key: str) -> int:
            value = mapping.get(key)
            return ENDLESS if value is None else int(value)

        return cls(
            retries=number("MaximumRetryAttempts"),
            age_seconds=number("MaximumRecordAgeInSeconds"),
            bisect=bool(mapping.get("BisectBatchOnFunctionError")),
            partial="ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or []),
        )


@dataclass(frozen=True)
class Batch:
    """Records that are delivered together, and how often they have been."""

    records: tuple[dict, ...]
    deliveries: int = 0


@dataclass(frozen=True)
class Next:
    """What becomes of a batch: these are delivered next, or it is given up for this reason."""

    again: tuple[Batch, ...] = ()
    given_up: str | None = None


def failed_ids(answer: object) -> list | None:
    """The ids that an answer reports as failed; `None` if it is malformed, which fails the whole batch."""
    if answer is None or answer == "":
        return []
    if not isinstance(answer, dict):
        return None
    failures = answer.get("batchItemFailures")
    if failures is None:
        return []
    if not isinstance(failures, list) or not all(isinstance(failure, dict) for failure in failures):
        return None
    ids = [failure.get("itemIdentifier") for failure in failures]
    return ids if all(isinstance(id_, str) and id_ for id_ in ids) else None


def first_failure(answer: object, sequence_numbers: list[str]) -> int | None:
    """The position from which a batch has to be delivered again; `None` if all of it succeeded."""
    ids = failed_ids(answer)
    if ids is None or any(id_ not in sequence_numbers for id_ in ids):
        return WHOLE_BATCH
    return min((sequence_numbers.index(id_) for id_ in ids), default=None)


def is_too_old(batch: Batch, arrived_at: float, now: float, limits: Limits) -> bool:
    """Whether the batch is older than the mapping allows. It is looked at before every delivery."""
    return limits.age_seconds > 0 and bool(batch.records) and now - arrived_at > limits.age_seconds


def after_failure(batch: Batch, position: int, errored: bool, limits: Limits) -> Next:
    """What becomes of a batch (already counted as delivered) that failed from `position` on."""
    if position > 0:
        return Next(again=(Batch(batch.records[position:]),))
    if limits.bisect and errored and len(batch.records) > 1:
        middle = len(batch.records) // 2
        spent = batch.deliveries - 1
        return Next(again=(Batch(batch.records[:middle], spent), Batch(batch.records[middle:], spent)))
    if ENDLESS < limits.retries < batch.deliveries:
        return Next(given_up="RetryAttemptsExhausted")
    return Next(again=(batch,))
