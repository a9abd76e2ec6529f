"""The rules that the launcher adds to MiniStack, each seen with a small function. Needs no Rust function and no Node."""

import base64
import json
import time
from textwrap import dedent

import pytest

import tiny
from harness import LocalAws
from waiting import until

# Reports the first record that begins with P; keeps a note of every delivery.
PARTIAL = """
    def handler(event):
        said(event)
        for record, text in zip(event["Records"], texts(event)):
            if text.startswith("P"):
                return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}
"""
# Notes each delivery as one text.
SAID = """
    def said(event):
        client("sqs").send_message(QueueUrl=os.environ["NOTES"], MessageBody=os.environ["AWS_LAMBDA_FUNCTION_NAME"] + ":" + "".join(texts(event)))
"""


@pytest.fixture(scope="module")
def aws():
    with LocalAws({"STREAM_RETRY_DELAY": "0.02"}) as running:
        yield running


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


def test_checkpoint_is_the_lowest_failed_sequence_number_and_limit_and_destination_hold(aws):
    stream = Stream(aws, "checkpoint")
    stream.put("a", "b", "P", "c", "d")
    stream.function("checkpoint", PARTIAL, MaximumRetryAttempts=2, DestinationConfig=on_failure(stream.dead_arn), **PARTLY)
    assert stream.deliveries(4) == ["checkpoint:abPcd", "checkpoint:Pcd", "checkpoint:Pcd", "checkpoint:Pcd"]
    letter, = stream.dead_letters(1)
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert letter["requestContext"]["approximateInvokeCount"] == 3
    assert letter["KinesisBatchInfo"]["batchSize"] == 3
    assert letter["KinesisBatchInfo"]["streamArn"] == stream.arn
    assert letter["responseContext"]["functionError"] is None
    assert "payload" not in letter
    stream.put("e")
    assert stream.deliveries(1) == ["checkpoint:e"]


def test_an_unreported_failure_is_success_where_the_mapping_does_not_ask_for_reports(aws):
    stream = Stream(aws, "unasked")
    stream.put("a", "P", "b")
    stream.function("unasked", PARTIAL)
    assert stream.deliveries(1) == ["unasked:aPb"]
    stream.put("c")
    assert stream.deliveries(1) == ["unasked:c"]


@pytest.mark.parametrize(
    ("name", "answer", "fails"),
    [
        ("null", "None", False),
        ("empty", "{}", False),
        ("no-list", '{"batchItemFailures": None}', False),
        ("empty-list", '{"batchItemFailures": []}', False),
        ("empty-id", '{"batchItemFailures": [{"itemIdentifier": ""}]}', True),
        ("null-id", '{"batchItemFailures": [{"itemIdentifier": None}]}', True),
        ("bad-key", '{"batchItemFailures": [{"identifier": "1"}]}', True),
        ("unknown-id", '{"batchItemFailures": [{"itemIdentifier": "17"}]}', True),
        ("no-object", '["failed"]', True),
    ],
)
def test_malformed_answers_fail_the_whole_batch(aws, name, answer, fails):
    stream = Stream(aws, f"answer-{name}")
    stream.put("a", "b")
    handler = f"def handler(event):\n    said(event)\n    return {answer}\n"
    stream.function(f"answer-{name}", handler, MaximumRetryAttempts=1,
                    DestinationConfig=on_failure(stream.dead_arn), **PARTLY)
    if fails:
        assert stream.dead_letters(1)[0]["KinesisBatchInfo"]["batchSize"] == 2
    aws.until_idle()
    assert stream.deliveries(2 if fails else 1) == [f"answer-{name}:ab"] * (2 if fails else 1)


def test_an_error_is_halved_until_the_poison_stands_alone_and_goes_to_a_bucket_with_payload(aws):
    stream = Stream(aws, "bisect")
    aws.client("s3").create_bucket(Bucket="bisect-dead")
    stream.put("1", "2", "3", "T", "4", "5")
    handler = """
    def handler(event):
        said(event)
        if "T" in "".join(texts(event)):
            raise ValueError("poison")
    """
    stream.function("bisect", handler, MaximumRetryAttempts=1, BisectBatchOnFunctionError=True,
                    DestinationConfig=on_failure("arn:aws:s3:::bisect-dead"))
    until(lambda: aws.client("s3").list_objects_v2(Bucket="bisect-dead").get("Contents"), "an object of the dead batch")
    aws.until_idle()
    assert [said.split(":")[1] for said in stream.deliveries(6)] == ["123T45", "123", "T45", "T", "T", "45"]
    key = aws.client("s3").list_objects_v2(Bucket="bisect-dead")["Contents"][0]["Key"]
    assert key.startswith("aws/lambda/") and "/shardId-" in key
    letter = json.loads(aws.client("s3").get_object(Bucket="bisect-dead", Key=key)["Body"].read())
    assert letter["responseContext"]["functionError"] == "Unhandled"
    lost = json.loads(letter["payload"])["Records"]
    assert [base64.b64decode(record["kinesis"]["data"]) for record in lost] == [b"T"]


def test_records_beyond_the_maximum_age_are_given_up(aws):
    stream = Stream(aws, "age")
    stream.put("old")
    handler = "def handler(event):\n    raise ValueError('never works')\n"
    stream.function("age", handler, MaximumRecordAgeInSeconds=60, MaximumRetryAttempts=-1,
                    DestinationConfig=on_failure(stream.dead_arn))
    # MiniStack refuses ages below 60 s no more than AWS allows them; the limit is lowered where the mapping exists.
    mapping = aws.client("lambda").list_event_source_mappings(FunctionName="age")["EventSourceMappings"][0]["UUID"]
    aws.client("lambda").update_event_source_mapping(UUID=mapping, MaximumRecordAgeInSeconds=1)
    letter, = stream.dead_letters(1)
    assert letter["requestContext"]["condition"] == "MaxRecordAgeExceeded"


def test_without_an_attempt_limit_a_batch_is_tried_until_it_works(aws):
    stream = Stream(aws, "endless")
    stream.put("a")
    handler = """
    tries = []
    def handler(event):
        tries.append(1)
        said(event)
        if len(tries) < 6:
            raise ValueError("not yet")
    """
    stream.function("endless", handler)
    assert stream.deliveries(6) == ["endless:a"] * 6
    aws.until_idle()


def test_filters_consume_what_they_drop(aws):
    stream = Stream(aws, "filter")
    stream.put('{"kind": "yes", "n": 1}', "no json", '{"kind": "no"}', '{"kind": "yes", "n": 2}')
    criteria = {"Filters": [{"Pattern": json.dumps({"data": {"kind": ["yes"]}})}]}
    stream.function("filter", "def handler(event):\n    said(event)\n", FilterCriteria=criteria)
    assert stream.deliveries(1) == ['filter:{"kind": "yes", "n": 1}{"kind": "yes", "n": 2}']


def test_latest_begins_where_the_mapping_was_made(aws):
    stream = Stream(aws, "latest")
    stream.put("before")
    stream.function("latest", "def handler(event):\n    said(event)\n", StartingPosition="LATEST")
    stream.put("after")
    assert stream.deliveries(1) == ["latest:after"]


def test_a_slow_function_and_a_failing_one_hold_up_nobody(aws):
    slow, failing, quick = (Stream(aws, name) for name in ("slow", "failing", "quick"))
    slow.function("slow", "def handler(event):\n    said(event)\n    time.sleep(6)\n")
    failing_id = failing.function("failing", "def handler(event):\n    raise ValueError('never')\n")
    quick.function("quick", "def handler(event):\n    said(event)\n")
    slow.put("s")
    failing.put("f")
    assert slow.deliveries(1) == ["slow:s"]
    began = time.monotonic()
    quick.put("q")
    assert quick.deliveries(1) == ["quick:q"]
    assert time.monotonic() - began < 5
    aws.client("lambda").delete_event_source_mapping(UUID=failing_id)


def test_shards_are_read_side_by_side_and_each_in_order(aws):
    stream = Stream(aws, "shards", shards=2)
    for key in ("one", "two", "three"):
        stream.put(*[f"{key}{number};" for number in range(5)], key=key)
    stream.function("shards", "def handler(event):\n    said(event)\n", BatchSize=2)
    aws.until_idle()
    said = "".join(text.split(":")[1] for text in stream.deliveries(8)).split(";")[:-1]
    for key in ("one", "two", "three"):
        assert [word for word in said if word.startswith(key)] == [f"{key}{number}" for number in range(5)]


def test_table_streams_follow_the_same_rules(aws):
    dynamodb = aws.client("dynamodb")
    table = dynamodb.create_table(
        TableName="watched", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    dead = aws.client("sqs").create_queue(QueueName="watched-dead")["QueueUrl"]
    tiny.deploy(aws, "watcher", """
    def handler(event):
        for record in event["Records"]:
            if record["dynamodb"]["NewImage"]["pk"]["S"] == "poison":
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    """)
    pattern = json.dumps({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"publishes": {"S": ["yes"]}}}})
    aws.client("lambda").create_event_source_mapping(
        EventSourceArn=table["LatestStreamArn"], FunctionName="watcher", StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=1, FilterCriteria={"Filters": [{"Pattern": pattern}]},
        DestinationConfig=on_failure("arn:aws:sqs:us-east-1:000000000000:watched-dead"), **PARTLY,
    )
    for name, publishes in (("first", "yes"), ("hidden", "no"), ("poison", "yes")):
        dynamodb.put_item(TableName="watched", Item={"pk": {"S": name}, "publishes": {"S": publishes}})
    letter = json.loads(take(aws, dead, 1)[0])
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1
    aws.until_idle()
    assert sum(delivery["records"] for delivery in aws.control("GET", "/_deliveries", function="watcher")) >= 3


def test_a_message_stays_in_its_queue_unless_its_success_is_certain(aws):
    sqs = aws.client("sqs")
    dead = sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
    redrive = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:orders-dead", "maxReceiveCount": "2"}
    queue = sqs.create_queue(
        QueueName="orders", Attributes={"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(redrive)}
    )["QueueUrl"]
    tiny.deploy(aws, "orders", """
    def handler(event):
        bodies = {r["body"]: r["messageId"] for r in event["Records"]}
        failed = [bodies[body] for body in bodies if body == "poison"]
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed] + [{"itemIdentifier": ""} for b in bodies if b == "malformed"]}
    """, timeout=1)
    for body in ("good", "poison"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    arn = "arn:aws:sqs:us-east-1:000000000000:orders"
    aws.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName="orders", **PARTLY)
    assert take(aws, dead, 1) == ["poison"]
    sqs.send_message(QueueUrl=queue, MessageBody="malformed")
    assert take(aws, dead, 1) == ["malformed"]


CALLER = """
    def handler(event):
        for number in range(3):
            client("dynamodb").put_item(TableName="calls", Item={"pk": {"S": f"{event['run']}-{number}"}})
        return "done"
"""


@pytest.fixture(scope="module")
def caller(aws):
    """A function that makes three calls; the table that it writes to."""
    aws.client("dynamodb").create_table(
        TableName="calls", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    tiny.deploy(aws, "caller", CALLER)
    return aws


def written(aws: LocalAws, run: str) -> set[str]:
    items = aws.client("dynamodb").scan(TableName="calls")["Items"]
    return {item["pk"]["S"] for item in items if item["pk"]["S"].startswith(run)}


def test_the_nth_call_of_a_function_fails_with_all_its_retries(caller):
    caller.control("POST", "/_fault", {"function": "caller", "nth": 2, "code": "InternalServerError", "status": 500})
    with pytest.raises(RuntimeError, match="InternalServerError"):
        caller.invoke("caller", {"run": "fail"})
    assert written(caller, "fail") == {"fail-0"}
    assert caller.control("GET", "/_fault")[0]["hits"] == 2, "both attempts of the SDK"
    caller.control("DELETE", "/_fault")
    assert caller.invoke("caller", {"run": "fail"}) == "done"


@pytest.mark.parametrize(("action", "left"), [("kill_before", {"k-0"}), ("kill_after", {"k-0", "k-1"})])
def test_the_process_dies_at_its_nth_call(caller, action, left):
    caller.control("DELETE", "/_calls")
    caller.control("POST", "/_fault", {"function": "caller", "nth": 2, "action": action})
    with pytest.raises(RuntimeError, match="exited"):
        caller.invoke("caller", {"run": f"{action}-k"})
    assert written(caller, action) == {f"{action}-{name}" for name in left}
    assert [call["fault"] for call in caller.calls("caller")] == [None, action]
    assert caller.invoke("caller", {"run": f"{action}-k"}) == "done", "a new process takes over, and is not killed"
    caller.control("DELETE", "/_fault")


def test_throttling_and_delay_by_number_of_requests(caller):
    order = {"match": "dynamodb.PutItem", "code": "ProvisionedThroughputExceededException", "status": 400, "times": 1}
    caller.control("POST", "/_fault", order)
    assert caller.invoke("caller", {"run": "retried"}) == "done", "the SDK's own retry copes with one"
    caller.control("DELETE", "/_fault")
    caller.control("POST", "/_fault", {"match": "dynamodb.PutItem", "code": "", "delay_ms": 700})
    began = time.monotonic()
    caller.invoke("caller", {"run": "delayed"})
    assert time.monotonic() - began > 0.7
    caller.control("DELETE", "/_fault")


def test_an_order_that_cannot_be_understood_is_refused(aws):
    with pytest.raises(ValueError, match="unexpected keyword"):
        aws.control("POST", "/_fault", {"functoin": "caller"})
    with pytest.raises(ValueError, match="action"):
        aws.control("POST", "/_fault", {"action": "explode"})


def test_errors_of_s3_are_xml(aws):
    aws.client("s3").create_bucket(Bucket="faulty")
    tiny.deploy(aws, "storer", """
    def handler(event):
        client("s3").put_object(Bucket="faulty", Key="a", Body=b"a")
    """)
    aws.control("POST", "/_fault", {"function": "storer", "match": "s3.PutObject", "code": "SlowDown", "status": 503, "times": 9})
    with pytest.raises(RuntimeError, match="SlowDown"):
        aws.invoke("storer", {})
    aws.control("DELETE", "/_fault")
    aws.invoke("storer", {})
    assert [call["operation"] for call in aws.calls("storer")][-1] == "PutObject"


def test_the_same_batch_goes_to_two_workers_at_once(aws):
    stream = Stream(aws, "twins")
    aws.control("POST", "/_twins", {"function": "twins"})
    stream.function("twins", "def handler(event):\n    said(event)\n    time.sleep(0.3)\n")
    stream.put("a")
    assert stream.deliveries(2) == ["twins:a", "twins:a"]
    aws.until_idle()
    first, second = aws.control("GET", "/_deliveries", function="twins")
    assert abs(first["at"] - second["at"]) < 0.3
    aws.control("DELETE", "/_deliveries")


def test_dropped_records_are_never_delivered(aws):
    stream = Stream(aws, "dropped")
    stream.put("lost")
    assert aws.control("POST", "/_drop", {"kind": "kinesis", "name": "dropped"}) == {"dropped": 1}
    stream.function("dropped", "def handler(event):\n    said(event)\n")
    stream.put("kept")
    assert stream.deliveries(1) == ["dropped:kept"]


def test_athena_speaks_trino_and_remembers_views(aws):
    aws.client("s3").create_bucket(Bucket="answers")
    database = {"DatabaseInput": {"Name": "lake"}}
    aws.client("glue").create_database(**database)

    def ask(query: str) -> list[list[str]]:
        athena = aws.client("athena")
        started = athena.start_query_execution(
            QueryString=query, QueryExecutionContext={"Database": "lake"},
            ResultConfiguration={"OutputLocation": "s3://answers/"},
        )["QueryExecutionId"]

        def ended() -> dict | None:
            status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
            return status if status["State"] in ("SUCCEEDED", "FAILED") else None

        status = until(ended, "the query ends")
        assert status["State"] == "SUCCEEDED", status
        rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]

    assert ask("SELECT date_format(from_iso8601_timestamp('2026-03-09T10:00:00Z'), '%Y-%m-%d') AS day") == [["2026-03-09"]]
    ask("CREATE OR REPLACE VIEW lake.numbers AS SELECT x FROM (VALUES 1, 2, 3) AS t(x)")
    ask("CREATE VIEW big AS SELECT x FROM numbers WHERE x > 1")
    assert ask("SELECT count(*) AS n FROM big") == [["2"]]
    ask("DROP VIEW IF EXISTS big")
