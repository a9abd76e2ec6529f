"""What tests of the launcher work with: an emulator, and streams and queues of one test."""

import json
from textwrap import dedent

import tiny
from harness import LocalAws
from waiting import until

# Notes each delivery as one text.
SAID = """
    def said(event):
        client("sqs").send_message(QueueUrl=os.environ["NOTES"], MessageBody=os.environ["AWS_LAMBDA_FUNCTION_NAME"] + ":" + "".join(texts(event)))
"""


class Stream:
    """A Kinesis stream of its own for one test, so that a blocked shard blocks nobody else."""

    def __init__(self, aws: LocalAws, name: str, shards: int = 1) -> None:
        self.aws, self.name = aws, name
        aws.client("kinesis").create_stream(StreamName=name, ShardCount=shards)
        self.arn = until(self._active, f"{name} is active")
        self.notes = aws.client("sqs").create_queue(QueueName=f"{name}-notes")["QueueUrl"]
        self.dead = aws.client("sqs").create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        self.dead_arn = f"arn:aws:sqs:us-east-1:000000000000:{name}-dead"

    def _active(self) -> str | None:
        stream = self.aws.client("kinesis").describe_stream(StreamName=self.name)["StreamDescription"]
        return stream["StreamARN"] if stream["StreamStatus"] == "ACTIVE" else None

    def put(self, *texts: str, key: str = "k") -> None:
        """Puts records in one call, so that they may come as one batch."""
        records = [{"Data": text.encode(), "PartitionKey": key} for text in texts]
        self.aws.client("kinesis").put_records(StreamName=self.name, Records=records)

    def function(self, name: str, handler: str, **mapping) -> str:
        """Deploys a function and maps the stream to it; returns the mapping's id."""
        tiny.deploy(self.aws, name, dedent(SAID) + dedent(handler), NOTES=self.notes)
        options = {"StartingPosition": "TRIM_HORIZON", "BatchSize": 10} | mapping
        made = self.aws.client("lambda").create_event_source_mapping(
            EventSourceArn=self.arn, FunctionName=name, **options
        )
        return made["UUID"]

    def deliveries(self, expected: int) -> list[str]:
        """What the functions were given, one text a delivery, once there are this many."""
        return take(self.aws, self.notes, expected)

    def dead_letters(self, expected: int) -> list[dict]:
        """The records at the on-failure destination."""
        return [json.loads(body) for body in take(self.aws, self.dead, expected)]


def take(aws: LocalAws, queue: str, expected: int) -> list[str]:
    """Takes messages off a queue until there are this many and the emulator rests."""
    found: list[str] = []

    def enough() -> bool:
        answer = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            found.append(message["Body"])
            aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(found) >= expected

    until(enough, f"{expected} messages in {queue}")
    return found


def on_failure(arn: str) -> dict:
    return {"OnFailure": {"Destination": arn}}


PARTLY = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
