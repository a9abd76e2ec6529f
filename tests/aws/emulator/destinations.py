"""Where a batch goes that a stream mapping gave up: metadata to a queue or topic, metadata and payload to a bucket."""

import json
import os
import time
import uuid

import boto3
from ministack.core.arn import parse_arn

from .stream_rules import Batch
from .stream_sources import arrived_at, sequence_text


def send(mapping: dict, function_arn: str, shard: str, batch: Batch, condition: str, error: str | None) -> None:
    """Sends the record of a batch that was given up to the mapping's on-failure destination, if it has one."""
    target = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if not target:
        return
    record = failure_record(mapping, function_arn, shard, batch, condition, error)
    service = parse_arn(target).service
    if service == "s3":
        record["payload"] = json.dumps({"Records": list(batch.records)})
        _client("s3").put_object(Bucket=target.split(":")[-1], Key=_object_key(mapping, shard), Body=json.dumps(record))
    elif service == "sqs":
        queue = _client("sqs").get_queue_url(QueueName=target.split(":")[-1])["QueueUrl"]
        _client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(record))
    elif service == "sns":
        _client("sns").publish(TopicArn=target, Message=json.dumps(record))
    else:
        raise ValueError(f"Lambda knows no on-failure destination like {target}")


def failure_record(
    mapping: dict, function_arn: str, shard: str, batch: Batch, condition: str, error: str | None
) -> dict:
    """The record as AWS documents it, without payload."""
    first, last = batch.records[0], batch.records[-1]
    info = "KinesisBatchInfo" if "kinesis" in first else "DDBStreamBatchInfo"
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": batch.deliveries,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled" if error else None,
        },
        "version": "1.0",
        "timestamp": _iso(time.time()),
        info: {
            "shardId": shard,
            "startSequenceNumber": sequence_text(first),
            "endSequenceNumber": sequence_text(last),
            "approximateArrivalOfFirstRecord": _iso(arrived_at(first)),
            "approximateArrivalOfLastRecord": _iso(arrived_at(last)),
            "batchSize": len(batch.records),
            "streamArn": mapping["EventSourceArn"],
        },
    }


def _object_key(mapping: dict, shard: str) -> str:
    moment = time.gmtime()
    day, second = time.strftime("%Y/%m/%d", moment), time.strftime("%Y-%m-%dT%H.%M.%S", moment)
    return f"aws/lambda/{mapping['UUID']}/{shard}/{day}/{second}-{uuid.uuid4()}"


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


def _client(service: str):
    return boto3.client(
        service,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        region_name=os.environ["AWS_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
