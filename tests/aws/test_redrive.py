"""What was given up comes back in by `redrive`: dead letters, and batches of a stream, whose records are kept in the archive then.
And everything that the archive has, into tables that are empty."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from conftest import FAST_CLOCK
from harness import LocalAws
from inputs import copied, deliver_all, samples
from plain import deploy_plain
from test_erasure import OTHER, routed
from topology import TABLES


@pytest.fixture(scope="module")
def world(programs):
    """A deployment that keeps an archive and has taken the samples in."""
    with LocalAws({"QUEUE_SPEED": "10"}) as aws:
        deployment = deploy_plain(aws, programs, FAST_CLOCK, archive=True)
        deliver_all(deployment, samples())
        deployment.settle()
        yield deployment


def test_a_dead_letter_goes_back_to_its_queue_and_is_done(world):
    message = json.loads(routed(world, OTHER))
    key = next(key for key in world.contacts() if key.endswith(OTHER))
    message["detail"]["contact_id"] = key.split("/", 1)[1]
    world.aws.client("sqs").send_message(QueueUrl=world.dead_letters["sentiment"], MessageBody=json.dumps(message))
    assert world.lost() == ["sentiment dead letter"]
    before = len(world.aws.calls(world.functions["sentiment"]))
    assert world.invoke("redrive", {"from": "dead_letters", "function": "sentiment"}) == {"used": 1, "left": 0}
    world.settle()
    assert world.lost() == []
    assert len(world.aws.calls(world.functions["sentiment"])) > before, "the stage has had the message"


def test_a_batch_that_a_stream_gave_up_is_taken_in(world):
    of_stream = [copied(input_, 7, frozenset({OTHER})) for input_ in samples() if not input_.file and input_.contact == OTHER]
    assert of_stream
    records = [
        {"kinesis": {"sequenceNumber": str(number), "partitionKey": "k", "data": base64.b64encode(input_.content).decode()}}
        for number, input_ in enumerate(of_stream)
    ]
    left = json.dumps({"requestContext": {}, "payload": json.dumps({"Records": records})})
    world.aws.client("s3").put_object(Bucket=world.buckets["raw"], Key="aws/lambda/1/x", Body=left)
    assert world.invoke("redrive", {"from": "abandoned"}) == {"used": 1, "left": 0}
    world.settle()
    assert world.lost() == []
    contact = of_stream[0].contact
    assert any(key.endswith(contact) for key in world.contacts())
    kept = [content for key, content in world.objects("archive").items() if key.endswith(".document")]
    assert all(input_.content in kept for input_ in of_stream), "a batch that was given up was never kept before"


def analysed(world) -> dict[str, str]:
    """The key of the newest revision of every contact: the digest of what it was made of."""
    states = {key: json.loads(item["state"]["S"]) for key, item in world.contacts().items()}
    return {key: state["analysis"]["key"] for key, state in states.items()}


def test_an_archive_fills_empty_tables_again(world):
    before = analysed(world)
    assert len(before) > 10
    for name, options in TABLES.items():
        for item in world.items(name):
            key = {part: item[part] for part in (("pk", "sk") if options.get("sort") else ("pk",))}
            world.aws.client("dynamodb").delete_item(TableName=world.tables[name], Key=key)
    assert world.contacts() == {}
    today = datetime.now(UTC).date()
    days = {"first_day": str(today - timedelta(days=1)), "last_day": str(today)}
    redriven = world.invoke("redrive", {"from": "archive", **days})
    assert redriven["used"] > len(before) and redriven["left"] == 0
    world.settle()
    assert analysed(world) == before
    assert world.lost() == []
