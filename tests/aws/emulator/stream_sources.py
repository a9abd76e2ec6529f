"""Reading the emulator's streams as Lambda does: by shard, in order, after a sequence number.

Positions are sequence numbers and not indexes, so that a test may take records away (`drop`) and readers lose exactly
those, as they lose what is older than a stream's retention.
"""

import base64
import bisect
from typing import Callable

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, kinesis

TABLE_SHARD = "shardId-00000001000000000000-00000001"


def shards_of(mapping: dict) -> dict[str, Callable[[int, int], list[dict]]]:
    """The shards of a mapping's stream, each with its reader `(after, limit) -> records`; empty if it is gone."""
    arn = mapping["EventSourceArn"]
    if ":kinesis:" in arn:
        stream = kinesis._streams.get(arn.split("/")[-1]) or {"shards": {}}
        return {id_: _kinesis_reader(arn, id_, shard) for id_, shard in list(stream["shards"].items())}
    table = arn.split("/")[1]
    if (dynamodb._tables.get(table) or {}).get("LatestStreamArn") != arn:
        return {}
    return {TABLE_SHARD: _table_reader(table)}


def last_of(mapping: dict) -> dict[str, int]:
    """The newest sequence number of every shard: where a mapping with LATEST begins."""
    newest = {}
    for shard, read in shards_of(mapping).items():
        records = read(0, 1 << 30)
        newest[shard] = sequence(records[-1]) if records else 0
    return newest


def sequence(record: dict) -> int:
    """The sequence number of a record of either kind."""
    return int(sequence_text(record))


def sequence_text(record: dict) -> str:
    """The sequence number as it stands in the event, which is what functions report."""
    return record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["dynamodb"]["SequenceNumber"]


def arrived_at(record: dict) -> float:
    """When a record arrived, seconds."""
    if "kinesis" in record:
        return float(record["kinesis"]["approximateArrivalTimestamp"])
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def drop(kind: str, name: str) -> int:
    """Takes all records away that lie in a stream, as its retention would. Says how many."""
    if kind == "kinesis":
        shards = kinesis._streams[name]["shards"].values()
        lists = [shard["records"] for shard in shards]
    else:
        lists = [dynamodb.stream_live_records(name)]
    count = sum(len(records) for records in lists)
    for records in lists:
        records.clear()
    return count


def _after(records: list[dict], after: int, limit: int, key: Callable[[dict], int]) -> list[dict]:
    start = bisect.bisect_right(records, after, key=key)
    return records[start:start + limit]


def _kinesis_reader(arn: str, shard_id: str, shard: dict) -> Callable[[int, int], list[dict]]:
    def read(after: int, limit: int) -> list[dict]:
        found = _after(shard["records"], after, limit, lambda record: int(record["SequenceNumber"]))
        return [_kinesis_record(arn, shard_id, record) for record in found]

    return read


def _table_reader(table: str) -> Callable[[int, int], list[dict]]:
    def read(after: int, limit: int) -> list[dict]:
        return _after(dynamodb.stream_live_records(table), after, limit, sequence)

    return read


def _kinesis_record(arn: str, shard_id: str, record: dict) -> dict:
    data = record["Data"]
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"],
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard_id}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{get_account_id()}:role/lambda-role",
        "awsRegion": get_region(),
        "eventSourceARN": arn,
    }
