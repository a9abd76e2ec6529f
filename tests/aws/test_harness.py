"""The plain deployment carries events as docs/aws.md says, seen with small functions in the places of the real ones."""

from pathlib import Path

import pytest

from harness import LocalAws
from plain import deploy_plain
from tiny import script
from topology import FUNCTIONS
from waiting import until

# What each small function does when it is called: it passes a contact on as the real one would.
INGEST = """
def handler(event):
    for text in texts(event):
        client("dynamodb").put_item(TableName=os.environ["AFTERCALL_CONTACTS_TABLE"], Item={
            "pk": {"S": "i/" + text}, "phase": {"S": "ready"}, "open_shard": {"S": "0"}, "wake_at": {"N": "1"}})
"""
IMPORT = """
def handler(event):
    for record in event["Records"]:
        detail = json.loads(record["body"])["detail"]
        body = client("s3").get_object(Bucket=detail["bucket"]["name"], Key=detail["object"]["key"])["Body"].read()
        client("dynamodb").put_item(TableName=os.environ["AFTERCALL_CONTACTS_TABLE"], Item={
            "pk": {"S": "i/" + body.decode()}, "phase": {"S": "ready"}, "open_shard": {"S": "0"}})
"""
ROUTING = """
def handler(event):
    for record in event["Records"]:
        contact = record["dynamodb"]["NewImage"]["pk"]["S"]
        client("events").put_events(Entries=[{"EventBusName": os.environ["AFTERCALL_EVENT_BUS"], "Source": "aftercall",
            "DetailType": "ContactRouted", "Detail": json.dumps({"contact": contact, "stages": ["sentiment", "customer-summary"]})}])
"""
STAGE = """
def handler(event):
    for record in event["Records"]:
        contact = json.loads(record["body"])["detail"]["contact"]
        stage = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        client("dynamodb").put_item(TableName=os.environ["AFTERCALL_RESULTS_TABLE"], Item={
            "pk": {"S": contact}, "sk": {"S": stage}, "publishes": {"S": "yes" if "sentiment" in stage else "no"}})
"""
PUBLISH = """
def handler(event):
    for record in event["Records"]:
        contact = record["dynamodb"]["NewImage"]["pk"]["S"]
        client("kinesis").put_records(StreamName=os.environ["AFTERCALL_INSIGHTS_STREAM"],
            Records=[{"PartitionKey": contact, "Data": contact.encode()}])
        client("dynamodb").update_item(TableName=os.environ["AFTERCALL_CONTACTS_TABLE"], Key={"pk": {"S": contact}},
            UpdateExpression="SET phase = :done REMOVE open_shard", ExpressionAttributeValues={":done": {"S": "complete"}})
"""
NOTHING = "def handler(event):\n    return {}\n"
PROGRAMS = {"ingest": INGEST, "import": IMPORT, "routing": ROUTING, "publish": PUBLISH}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs")
    for function in FUNCTIONS:
        handler = STAGE if function.stages else PROGRAMS.get(function.program, NOTHING)
        _write(folder / function.program / "bootstrap", script(handler))
    with LocalAws({"QUEUE_SPEED": "60"}) as aws:
        yield deploy_plain(aws, folder, {})


def _write(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)


def test_a_record_and_a_file_travel_the_whole_way(deployment):
    deployment.put_records([("a", b"from-stream")])
    deployment.put_file("b.json", b"from-file")
    until(lambda: len(deployment.items("results")) == 4, "two results of each contact")
    deployment.settle(30)
    assert {key: item["phase"]["S"] for key, item in deployment.contacts().items()} == {
        "i/from-stream": "complete", "i/from-file": "complete",
    }
    assert {item["sk"]["S"] for item in deployment.items("results")} == {"aftercall-sentiment", "aftercall-customer-summary"}
    assert deployment.lost() == []
    ran = {delivery["function"] for delivery in deployment.aws.control("GET", "/_deliveries")}
    assert ran == {f"aftercall-{name}" for name in ("ingest", "import", "routing", "sentiment", "customer-summary", "publish")}


def test_filters_spare_functions_what_is_not_theirs(deployment):
    deployment.aws.control("DELETE", "/_deliveries")
    deployment.put_records([("c", b"another")])
    deployment.settle(30)
    counts = {name: 0 for name in ("routing", "publish")}
    for delivery in deployment.aws.control("GET", "/_deliveries"):
        name = delivery["function"].removeprefix("aftercall-")
        counts[name] = counts.get(name, 0) + delivery["records"]
    assert counts["routing"] == 1, "the change to complete is none of its"
    assert counts["publish"] == 1, "a stage's own result publishes nothing"


def test_the_calls_of_every_function_are_known(deployment):
    for name, operation in (("ingest", "dynamodb.PutItem"), ("import", "s3.GetObject"), ("routing", "events.PutEvents"), ("publish", "kinesis.PutRecords")):
        made = {f"{call['service']}.{call['operation']}" for call in deployment.aws.calls(f"aftercall-{name}")}
        assert operation in made


def test_a_killed_stage_is_delivered_again(deployment):
    deployment.aws.control("POST", "/_fault", {"function": "aftercall-sentiment", "nth": 1, "action": "kill_before"})
    deployment.put_records([("d", b"survivor")])
    until(lambda: any(item["pk"]["S"] == "i/survivor" and "sentiment" in item["sk"]["S"] for item in deployment.items("results")),
          "the result is there after all", 60)
    deployment.settle(30)
    assert deployment.contacts()["i/survivor"]["phase"]["S"] == "complete"
    fault, = deployment.aws.control("GET", "/_fault")
    assert fault["hits"] == 1


def test_logs_can_be_read(deployment):
    assert any("START" in line for line in deployment.aws.logs("aftercall-ingest"))


def test_an_emulator_ends_with_its_test_run():
    with LocalAws() as aws:
        process = aws._process
        process.stdin.close()
        assert process.wait(20) != 0
