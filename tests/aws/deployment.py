"""A deployed aftercall on the local AWS: its physical names, and what tests do with it."""

import gzip
import json
import time
from dataclasses import dataclass, field
from typing import Callable

from harness import LocalAws
from topology import IMPORT_PREFIX
from waiting import PATIENCE

_MOST_RECORDS = 200


@dataclass
class Deployment:
    """What was deployed, by the names of docs/aws.md. A function whose program was not built is not among `functions`."""

    aws: LocalAws
    functions: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    buckets: dict[str, str] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=dict)
    dead_letters: dict[str, str] = field(default_factory=dict)
    stream: str = ""
    insights: str = ""
    bus: str = ""

    def environment(self, secret: str) -> dict[str, str]:
        """The variables of docs/aws.md that say where everything is."""
        redrive = {name: {"dead_letters": self.dead_letters[name], "queue": url} for name, url in self.queues.items()}
        named = {f"AFTERCALL_{name.upper()}_TABLE": table for name, table in self.tables.items()}
        named |= {f"AFTERCALL_{name.upper()}_BUCKET": bucket for name, bucket in self.buckets.items()}
        return named | {
            "AFTERCALL_EVENT_BUS": self.bus, "AFTERCALL_INSIGHTS_STREAM": self.insights, "AFTERCALL_HMAC_SECRET": secret,
            "AFTERCALL_DEAD_LETTER_QUEUES": json.dumps(redrive),
        }

    def put_records(self, records: list[tuple[str, bytes]]) -> None:
        """Puts records into the stream, each with its partition key, in this order."""
        for begin in range(0, len(records), _MOST_RECORDS):
            batch = [{"PartitionKey": key, "Data": data} for key, data in records[begin:begin + _MOST_RECORDS]]
            self.aws.client("kinesis").put_records(StreamName=self.stream, Records=batch)

    def put_file(self, name: str, content: bytes) -> None:
        """Puts a file where it is imported from."""
        self.aws.client("s3").put_object(Bucket=self.buckets["raw"], Key=IMPORT_PREFIX + name, Body=content)

    def invoke(self, program: str, payload: object) -> object:
        """Invokes a function by its program's name."""
        return self.aws.invoke(self.functions[program], payload)

    def open_contacts(self) -> list[str]:
        """Contacts with something open, whatever they wait for."""
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=self.tables["contacts"], IndexName="open")
        return [item["pk"]["S"] for page in pages for item in page["Items"]]

    def contacts(self) -> dict[str, dict]:
        """The contacts: key to item."""
        return {item["pk"]["S"]: item for item in self.items("contacts")}

    def items(self, table: str) -> list[dict]:
        """All items of a table."""
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=self.tables[table])
        return [item for page in pages for item in page["Items"]]

    def settle(self, seconds: float = 120, meanwhile: Callable[[], None] | None = None) -> None:
        """Until nothing runs, nothing waits and no contact is open; `reconcile` is called as its schedule would call it."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            self.aws.until_idle(max(1.0, deadline - time.monotonic()), meanwhile)
            waiting = self.open_contacts()
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"still open after {seconds:.0f} s: {waiting[:5]} and {len(waiting) - 5} more")
            self.reconcile()

    def reconcile(self) -> None:
        """One run of `reconcile`; a failing one is tried again by the next, as by its schedule."""
        try:
            self.invoke("reconcile", {})
        except RuntimeError as error:
            print(f"reconcile: {error}")

    def objects(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        """The objects of a bucket below a prefix, by key."""
        s3, name = self.aws.client("s3"), self.buckets[bucket]
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return {key: s3.get_object(Bucket=name, Key=key)["Body"].read() for key in keys}

    def quarantined(self) -> list[bytes]:
        """The bytes of everything in quarantine."""
        return list(self.objects("raw", "quarantine/").values())

    def lost(self) -> list[str]:
        """What the mappings of streams gave up, and messages in dead letter queues: empty, if functions did their work."""
        given_up = [key for key in self.objects("raw", "aws/lambda/")]
        for program, queue in self.dead_letters.items():
            counts = self.aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
            given_up += [f"{program} dead letter"] * int(counts["Attributes"]["ApproximateNumberOfMessages"])
        return given_up

    def end_leases(self) -> None:
        """Lets all leases run out, as the time does that the faster clock of the queues skips."""
        for item in self.items("index"):
            if item["pk"]["S"].startswith("lease#"):
                key = {"pk": item["pk"], "sk": item["sk"]}
                self.aws.client("dynamodb").delete_item(TableName=self.tables["index"], Key=key)

    def newest_revisions(self) -> dict[str, int]:
        """The number of the newest revision of every contact that has been analysed."""
        states = {key: json.loads(item["state"]["S"]) for key, item in self.contacts().items()}
        return {key: state["analysis"]["revision"] for key, state in states.items() if state["analysis"]}


def cloudwatch_envelope(log_group: str, messages: list[str]) -> bytes:
    """What a subscription filter puts into a stream: gzip of a document with several log events."""
    events = [{"id": f"{number:056d}", "timestamp": 1773325200000 + number, "message": text} for number, text in enumerate(messages)]
    document = {
        "messageType": "DATA_MESSAGE", "owner": "111122223333", "logGroup": log_group, "logStream": "lex/1",
        "subscriptionFilters": ["aftercall"], "logEvents": events,
    }
    return gzip.compress(json.dumps(document).encode(), mtime=0)
