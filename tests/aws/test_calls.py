"""Every function is seen to call what its row in docs/aws.md says, and the services take every request as wire-true."""

import pytest

import warehouse
from conftest import FAST_CLOCK, MODEL
from harness import LocalAws
from inputs import broken_samples, deliver_all, samples
from plain import deploy_plain
from topology import FUNCTIONS


@pytest.fixture(scope="module")
def worked(programs, tmp_path_factory):
    """A deployment that has taken all samples, with a language model and Comprehend."""
    with LocalAws({"QUEUE_SPEED": "10"}) as aws:
        settings = FAST_CLOCK | MODEL | {"AFTERCALL_SENTIMENT__PROVIDER": "comprehend"}
        deployment = deploy_plain(aws, programs, settings)
        deliver_all(deployment, samples() + broken_samples())
        deployment.settle()
        warehouse.dumped_rows(deployment, tmp_path_factory.mktemp("warehouse"))
        deployment.invoke("redrive", {"from": "quarantine", "limit": 10})
        deployment.invoke("erase", {"contact": next(iter(deployment.contacts())), "dry_run": True})
        deployment.invoke("backfill", {"start": {"stage": "sentiment", "mode": "estimate"}})
        deployment.settle()
        yield deployment


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.program)
def test_a_function_calls_what_its_row_says(worked, function):
    made = {f"{call['service']}.{call['operation']}" for call in worked.aws.calls(worked.functions[function.program])}
    assert function.calls <= made, f"{function.program} made only {sorted(made)}"


def test_every_request_to_bedrock_and_comprehend_is_wire_true(worked):
    requests = worked.aws.standin_requests("bedrock") + worked.aws.standin_requests("comprehend")
    assert {request["service"] for request in requests} == {"bedrock", "comprehend"}
    assert [request for request in requests if request["status"] != 200] == []
    batches = [request["request"] for request in requests if request["operation"] == "BatchDetectSentiment"]
    assert batches and max(len(batch["TextList"]) for batch in batches) > 1, "texts go in batches, not one by one"


def test_bedrock_is_asked_by_tool_and_without_settings_that_are_not_set(worked):
    for request in worked.aws.standin_requests("bedrock"):
        body = request["request"]
        assert "tool" in body["toolConfig"]["toolChoice"]
        assert "temperature" not in body.get("inferenceConfig", {})


def test_one_model_call_for_each_summary(worked):
    asked = [request for request in worked.aws.standin_requests("bedrock") if request["operation"] == "Converse"]
    conversations = [(request["function"], str(request["request"]["messages"])) for request in asked]
    assert len(conversations) == len(set(conversations)), "nobody is asked the same twice"


def test_insights_come_out(worked):
    kinesis = worked.aws.client("kinesis")
    found = 0
    for shard in kinesis.list_shards(StreamName=worked.insights)["Shards"]:
        start = kinesis.get_shard_iterator(
            StreamName=worked.insights, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found += len(kinesis.get_records(ShardIterator=start)["Records"])
    assert found >= 18
