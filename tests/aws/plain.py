"""The fast way to deploy: the topology of docs/aws.md made by API calls, without Node and CloudFormation.

It is for tests of what functions do. That the CDK app makes the same is shown by `test_end_to_end.py`, which deploys it.
"""

import json
from pathlib import Path

import tiny
from deployment import Deployment
from harness import ACCOUNT, REGION, LocalAws
from topology import BUCKETS, DOCUMENTS_PREFIX, FUNCTIONS, IMPORT_PREFIX, INSIGHTS, KNOWS_THE_ARCHIVE, NAME, READS_OWN_FILES, STREAM, TABLES, Function
from waiting import until

HMAC_KEY = b"a key of thirty-two bytes, fixed"


def deploy_plain(
    aws: LocalAws, programs: Path, settings: dict[str, str], functions: tuple[Function, ...] = FUNCTIONS,
    own_files: Path | None = None, archive: bool = False,
) -> Deployment:
    """Makes everything. `programs` holds `<name>/bootstrap`; `settings` are environment variables of all functions; `own_files` is
    a folder with the files that these name; `archive` makes a bucket for documents as they come."""
    made = Deployment(aws)
    for table, options in TABLES.items():
        made.tables[table] = _table(aws, table, **options)
    for bucket in (*BUCKETS, "archive") if archive else BUCKETS:
        made.buckets[bucket] = f"{NAME}-{bucket}-local"
        aws.client("s3").create_bucket(Bucket=made.buckets[bucket])
    made.stream, made.insights = _stream(aws, STREAM), _stream(aws, f"{NAME}-insights")
    made.bus = f"{NAME}-contacts"
    aws.client("events").create_event_bus(Name=made.bus)
    secret = aws.client("secretsmanager").create_secret(Name=f"{NAME}-hmac", SecretBinary=HMAC_KEY)["ARN"]
    for function in functions:
        if function.queue:
            _queue(aws, made, function)
    environment = made.environment(secret) | _voice_environment(made, secret) | settings
    for function in functions:
        program = programs / function.program / "bootstrap"
        if program.is_file():
            beside = own_files if function.program in READS_OWN_FILES else None
            files = {file.name: file.read_bytes() for file in sorted(beside.iterdir())} if beside else {}
            hidden = set() if function.program in KNOWS_THE_ARCHIVE else {"AFTERCALL_ARCHIVE_BUCKET"}
            own = {name: value for name, value in environment.items() if name not in hidden}
            _function(aws, made, function, tiny.package(program.read_bytes(), files), own)
    _import_rule(aws, made)
    if "knowledge-sync" in made.functions:
        _documents_rule(aws, made)
    if "outbound-call" in made.functions:
        _rule(aws, made.bus, f"{NAME}-outbound-call", {"source": ["aftercall"], "detail-type": ["ContactFlagged"]})
    return made


def _voice_environment(made: Deployment, secret: str) -> dict[str, str]:
    """What only the voice agent reads. The stand-ins know any knowledge base and any instance."""
    return {
        "AFTERCALL_EVENTS_STREAM": made.stream, "AFTERCALL_KNOWLEDGE_BUCKET": made.buckets["knowledge"], "AFTERCALL_SESSION_SECRET": secret,
        "AFTERCALL_ANSWER_QUEUE": made.queues.get("answer-worker", ""),
        "AFTERCALL_KNOWLEDGE_BASE_ID": "KBLOCAL001", "AFTERCALL_KNOWLEDGE_DATA_SOURCE_ID": "DSLOCAL001",
        "AFTERCALL_CONNECT_INSTANCE_ID": "local", "AFTERCALL_OUTBOUND_FLOW_ID": "local",
        "AFTERCALL_OUTBOUND_QUEUE_ID": "local", "AFTERCALL_OUTBOUND_SOURCE_NUMBER": "+14155550100",
    }


def _table(aws: LocalAws, name: str, sort=False, stream=False, expires=False, open_index=False, indexes=()) -> str:
    dynamodb, physical = aws.client("dynamodb"), f"{NAME}-{name}"
    keys, attributes = [("pk", "HASH")] + ([("sk", "RANGE")] if sort else []), ["pk"] + (["sk"] if sort else [])
    options: dict = {}
    if stream:
        options["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    if open_index:
        attributes.append("open_shard")
        options["GlobalSecondaryIndexes"] = [{
            "IndexName": "open",
            "KeySchema": _keys([("open_shard", "HASH"), ("pk", "RANGE")]),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["wake_at"]},
        }]
    if indexes:
        attributes += list(indexes)
        options["GlobalSecondaryIndexes"] = [
            {"IndexName": index, "KeySchema": _keys([(index, "HASH")]), "Projection": {"ProjectionType": "ALL"}} for index in indexes
        ]
    dynamodb.create_table(
        TableName=physical, KeySchema=_keys(keys), BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in attributes], **options,
    )
    if expires:
        enable_ttl(aws, physical)
    return physical


def enable_ttl(aws: LocalAws, table: str) -> None:
    """Turns expiry on by API: MiniStack does not apply it from a template."""
    ttl = {"Enabled": True, "AttributeName": "expires_at"}
    aws.client("dynamodb").update_time_to_live(TableName=table, TimeToLiveSpecification=ttl)


def _keys(keys: list[tuple[str, str]]) -> list[dict]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys]


def _stream(aws: LocalAws, name: str) -> str:
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=2)
    until(lambda: kinesis.describe_stream(StreamName=name)["StreamDescription"]["StreamStatus"] == "ACTIVE", f"{name} is active")
    return name


def _queue(aws: LocalAws, made: Deployment, function: Function) -> None:
    sqs, name = aws.client("sqs"), f"{NAME}-{function.program}"
    ending = ".fifo" if function.fifo else ""
    fifo = {"FifoQueue": "true"} if function.fifo else {}
    dead = sqs.create_queue(QueueName=f"{name}-dead-letters{ending}", Attributes=fifo)["QueueUrl"]
    redrive = {"deadLetterTargetArn": _arn("sqs", f"{name}-dead-letters{ending}"), "maxReceiveCount": str(function.receives)}
    attributes = fifo | {"VisibilityTimeout": str(6 * function.timeout), "RedrivePolicy": json.dumps(redrive)}
    queue = sqs.create_queue(QueueName=f"{name}{ending}", Attributes=attributes)["QueueUrl"]
    made.queues[function.program], made.dead_letters[function.program] = queue, dead


def _function(aws: LocalAws, made: Deployment, function: Function, package: bytes, environment: dict[str, str]) -> None:
    name = made.functions[function.program] = f"{NAME}-{function.program}"
    own = {"AFTERCALL_QUEUE_URL": made.queues[function.program]} if function.queue else {}
    aws.client("lambda").create_function(
        FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=f"arn:aws:iam::{ACCOUNT}:role/{name}",
        Code={"ZipFile": package}, Timeout=function.timeout, MemorySize=512,
        Environment={"Variables": environment | own}, TracingConfig={"Mode": "Active"},
    )
    if function.stream:
        _map_stream(aws, made, function, name)
    elif function.queue:
        aws.client("lambda").create_event_source_mapping(
            EventSourceArn=_arn("sqs", f"{name}.fifo" if function.fifo else name), FunctionName=name, BatchSize=function.batch,
            FunctionResponseTypes=["ReportBatchItemFailures"], ScalingConfig={"MaximumConcurrency": function.concurrency},
        )
        if function.stages:
            pattern = {"source": ["aftercall"], "detail-type": ["ContactRouted"], "detail": {"stages": list(function.stages)}}
            _rule(aws, made.bus, name, pattern)


def _map_stream(aws: LocalAws, made: Deployment, function: Function, name: str) -> None:
    if function.stream in (STREAM, INSIGHTS):
        stream = made.stream if function.stream == STREAM else made.insights
        source = aws.client("kinesis").describe_stream(StreamName=stream)["StreamDescription"]["StreamARN"]
    else:
        table = aws.client("dynamodb").describe_table(TableName=made.tables[function.stream])["Table"]
        source = table["LatestStreamArn"]
    filters = {"Filters": [{"Pattern": json.dumps(function.pattern)}]} if function.pattern else {}
    aws.client("lambda").create_event_source_mapping(
        EventSourceArn=source, FunctionName=name, StartingPosition="TRIM_HORIZON", BatchSize=function.batch,
        FunctionResponseTypes=["ReportBatchItemFailures"], BisectBatchOnFunctionError=True, MaximumRetryAttempts=100,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{made.buckets['raw']}"}},
        **({"FilterCriteria": filters} if filters else {}),
    )


def _rule(aws: LocalAws, bus: str, name: str, pattern: dict) -> None:
    events = aws.client("events")
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": _arn("sqs", name)}])


def _import_rule(aws: LocalAws, made: Deployment) -> None:
    _object_rule(aws, made.buckets["raw"], IMPORT_PREFIX, "import", ["Object Created"])


def _documents_rule(aws: LocalAws, made: Deployment) -> None:
    _object_rule(aws, made.buckets["knowledge"], DOCUMENTS_PREFIX, "knowledge-sync", ["Object Created", "Object Deleted"])


def _object_rule(aws: LocalAws, bucket: str, prefix: str, program: str, kinds: list[str]) -> None:
    aws.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": prefix}]}}
    _rule(aws, "default", f"{NAME}-{program}", {"source": ["aws.s3"], "detail-type": kinds, "detail": detail})


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"
