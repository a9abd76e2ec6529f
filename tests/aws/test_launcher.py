"""The rules for streams and queues that the launcher adds to MiniStack, each seen with a small function."""

import base64
import json
import time

import pytest

import tiny
from harness import ACCOUNT, REGION, LocalAws
from streams import PARTLY, Stream, on_failure, take
from waiting import until

# Reports the first record that begins with P; keeps a note of every delivery.
PARTIAL = """
    def handler(event):
        said(event)
        for record, text in zip(event["Records"], texts(event)):
            if text.startswith("P"):
                return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}
"""


@pytest.fixture(scope="module")
def aws():
    with LocalAws({"STREAM_RETRY_DELAY": "0.02"}) as running:
        yield running


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


def test_a_fast_clock_of_queues_loses_no_message_of_another_service():
    """Four days, a queue's retention, are over after 35 ms of this clock."""
    with LocalAws({"QUEUE_SPEED": "10000000"}) as aws:
        sqs, events = aws.client("sqs"), aws.client("events")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        events.put_rule(Name="r", EventPattern=json.dumps({"source": ["test"]}))
        events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}])
        events.put_events(Entries=[{"Source": "test", "DetailType": "d", "Detail": "{}"}])
        found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
        assert [json.loads(message["Body"])["source"] for message in found] == ["test"]


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


def test_a_function_finds_the_files_of_its_package_where_aws_says(aws):
    """`LAMBDA_TASK_ROOT` is the folder of the package, whatever folder the test runs in."""
    handler = """
        def handler(event):
            folder = os.environ["LAMBDA_TASK_ROOT"]
            return {"here": sorted(os.listdir(folder)), "text": open(os.path.join(folder, "rules.toml")).read()}
    """
    tiny.deploy(aws, "with-files", handler, files={"rules.toml": b"version = 1"})
    assert aws.invoke("with-files", {}) == {"here": ["bootstrap", "rules.toml"], "text": "version = 1"}
