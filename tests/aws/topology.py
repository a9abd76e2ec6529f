"""The topology of docs/aws.md as a table, for the fast way of deploying (`plain.py`) and for what tests assert of it."""

from dataclasses import dataclass

NAME = "aftercall"
STREAM = "aws-dub-genai-events"
INSIGHTS = "insights"
IMPORT_PREFIX = "incoming/"


@dataclass(frozen=True)
class Function:
    """A function: what feeds it, and which AWS calls show that it did its work."""

    program: str
    timeout: int
    calls: frozenset[str]
    queue: bool = False
    stages: tuple[str, ...] = ()
    stream: str | None = None
    batch: int = 10
    concurrency: int = 10
    receives: int = 5
    pattern: dict | None = None
    fifo: bool = False


def _function(program: str, timeout: int, *calls: str, **options) -> Function:
    return Function(program, timeout, frozenset(calls), **options)


READY = {"dynamodb": {"NewImage": {"phase": {"S": ["ready"]}}}}
PUBLISHES = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"publishes": {"S": ["yes"]}}}}

FUNCTIONS = (
    _function("ingest", 60, "dynamodb.GetItem", "dynamodb.TransactWriteItems", "secretsmanager.GetSecretValue",
              stream=STREAM, batch=200),
    _function("import", 120, "s3.GetObject", "dynamodb.TransactWriteItems", queue=True, batch=5, concurrency=20),
    _function("routing", 120, "dynamodb.Query", "s3.PutObject", "events.PutEvents", stream="contacts", batch=25, pattern=READY),
    _function("customer-summary", 180, "s3.GetObject", "bedrock.Converse", "dynamodb.PutItem", "s3.PutObject", "kinesis.PutRecords",
              queue=True, stages=("customer-summary",), batch=1, receives=1000),
    _function("agent-summary", 180, "s3.GetObject", "bedrock.Converse", "dynamodb.PutItem", "s3.PutObject", "kinesis.PutRecords",
              queue=True, stages=("agent-summary",), batch=1, receives=1000),
    _function("sentiment", 60, "s3.GetObject", "comprehend.BatchDetectSentiment", "s3.PutObject", "dynamodb.PutItem",
              "kinesis.PutRecords", queue=True,
              stages=("sentiment", "measures", "categories", "entities"), concurrency=20, receives=1000),
    _function("first-response", 60, "s3.GetObject", "s3.PutObject", "dynamodb.PutItem", "kinesis.PutRecords", queue=True, stages=("first-response",)),
    _function("publish", 60, "dynamodb.Query", "s3.PutObject", "kinesis.PutRecords", stream="results", batch=50, pattern=PUBLISHES),
    _function("analytics-dump", 300, "dynamodb.Query", "s3.GetObject", "s3.PutObject"),
    _function("reconcile", 300, "dynamodb.Query"),
    _function("backfill", 900, "dynamodb.Query", "dynamodb.PutItem", "sqs.SendMessage", queue=True, batch=1, concurrency=2),
    _function("erase", 900, "dynamodb.Query", "sqs.ReceiveMessage", queue=True, batch=1, concurrency=2, receives=20),
    _function("redrive", 900, "dynamodb.Query"),
)
READS_OWN_FILES = frozenset({"customer-summary", "agent-summary", "sentiment", "first-response", "backfill"})
"""Functions that have the files beside their program that settings name."""
KNOWS_THE_ARCHIVE = frozenset({"ingest", "import", "redrive", "erase"})
"""Functions that are told the bucket of the archive, where there is one."""
ON_DEMAND = frozenset({"backfill", "erase", "redrive"})
"""Functions that people call."""
PROGRAMS = tuple(function.program for function in FUNCTIONS)
VOICE_FUNCTIONS = (
    _function("voice-agent", 600, "dynamodb.GetItem", "bedrock.Retrieve", "bedrock.Converse", "kinesis.PutRecord",
              "secretsmanager.GetSecretValue"),
    _function("answer-producer", 8, "dynamodb.GetItem", "dynamodb.PutItem", "sqs.SendMessage"),
    _function("answer-worker", 120, "dynamodb.GetItem", "bedrock.Retrieve", "bedrock.Converse", "dynamodb.UpdateItem",
              queue=True, fifo=True, batch=1, concurrency=50, receives=2),
    _function("answer-consumer", 8, "dynamodb.GetItem", "kinesis.PutRecord"),
    _function("knowledge-sync", 120, "bedrock.ListIngestionJobs", "bedrock.StartIngestionJob", "dynamodb.PutItem",
              queue=True, concurrency=2, receives=1000),
    _function("knowledge-review", 900, "dynamodb.Query", "dynamodb.PutItem", "dynamodb.UpdateItem", "s3.GetObject", "s3.PutObject"),
    _function("earlier-calls", 8, "dynamodb.GetItem", "dynamodb.PutItem", "s3.GetObject", "secretsmanager.GetSecretValue",
              "secretsmanager.ListSecretVersionIds", stream=INSIGHTS, batch=100),
    _function("outbound-call", 600, "dynamodb.TransactWriteItems", "connect.StartOutboundVoiceContact", "connect.DescribeContact",
              queue=True, batch=1, concurrency=2, receives=1000),
)
"""The voice agent; deployed where a test asks for it."""
VOICE_PROGRAMS = tuple(function.program for function in VOICE_FUNCTIONS)
TABLES = {
    "segments": {"sort": True, "expires": True},
    "contacts": {"stream": True, "open_index": True},
    "results": {"sort": True, "stream": True},
    "index": {"sort": True, "expires": True},
    "answers": {"expires": True, "indexes": ("contact", "list")},
}
BUCKETS = ("raw", "analysis", "warehouse", "knowledge")
DOCUMENTS_PREFIX = "documents/"
