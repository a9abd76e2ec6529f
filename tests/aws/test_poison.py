"""Poison and transient records at every position of a batch; and the same batch to two workers at once."""

import json

import pytest

from conftest import FAST_CLOCK
from harness import LocalAws
from inputs import Input
from plain import deploy_plain

BATCH = 5


@pytest.fixture(scope="module")
def deployment(programs):
    with LocalAws({"QUEUE_SPEED": "60", "STREAM_RETRY_DELAY": "0.05"}) as aws:
        yield deploy_plain(aws, programs, FAST_CLOCK)


def conversation(name: str) -> Input:
    """A small whole contact."""
    turns = [{"role": "customer", "text": f"Where is parcel {name}?", "start_ms": 0}, {"role": "agent", "text": "It is on its way to you.", "start_ms": 4000}]
    body = {"id": name, "source": "poison", "channel": "chat", "turns": turns}
    return Input(name, json.dumps(body).encode())


def batch(name: str, poison_at: int) -> list[Input]:
    """Good contacts with one poison record among them."""
    records = [conversation(f"{name}-{number}") for number in range(BATCH - 1)]
    records.insert(poison_at, Input("poison", f'{{"turns": [ this is no JSON {name}'.encode(), broken=True))
    return records


def deliver(deployment, records: list[Input]) -> None:
    """In one call and to one shard, so that they come as one batch."""
    deployment.put_records([("one-shard", record.content) for record in records])


def check(deployment, records: list[Input]) -> None:
    """Good ones once, poison in quarantine with its bytes, nothing lost."""
    deployment.settle()
    contacts = deployment.contacts()
    for record in records:
        if record.broken:
            assert record.content in deployment.quarantined()
            continue
        state = json.loads(next(item["state"]["S"] for key, item in contacts.items() if key.endswith(f":{record.contact}")))
        assert state["inputs"] == 1
        assert state["analysis"]["revision"] == 1
    assert deployment.lost() == []


@pytest.mark.parametrize("position", range(BATCH))
def test_poison_at_every_position(deployment, position):
    records = batch(f"alone{position}", position)
    deliver(deployment, records)
    check(deployment, records)


@pytest.mark.parametrize("position", range(BATCH))
def test_a_transient_failure_at_every_position_beside_poison(deployment, position):
    order = {"function": deployment.functions["ingest"], "match": "dynamodb.TransactWriteItems", "nth": position + 1}
    deployment.aws.control("POST", "/_fault", order)
    records = batch(f"transient{position}", (position + 2) % BATCH)
    deliver(deployment, records)
    check(deployment, records)
    fault, = deployment.aws.control("GET", "/_fault")
    deployment.aws.control("DELETE", "/_fault")
    assert fault["hits"] > 0 or position == BATCH - 1, "four good records make four writes"


@pytest.mark.parametrize("position", range(BATCH))
def test_the_same_batch_to_two_workers_at_once(deployment, position):
    deployment.aws.control("POST", "/_twins", {"function": "*"})
    records = batch(f"twins{position}", position)
    deliver(deployment, records)
    check(deployment, records)
    deployment.aws.control("DELETE", "/_deliveries")
