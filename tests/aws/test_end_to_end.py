"""Everything from nothing: wire events of every kind into the stream and the bucket, and the same rows as on one machine."""

import json
import re

import pytest

import cdk
import warehouse
from conftest import FAST_CLOCK, FILES, OWN_FILES, variables, where_they_lie
from harness import LocalAws
from inputs import broken_samples, deliver_all, samples, write_folder
from plain import deploy_plain
from topology import ON_DEMAND

SETTINGS = {"ready.after_record_seconds": "2", "ready.after_silence_seconds": "4", "dump.lag_seconds": "1"}
FINDS = {"categories": "money-back", "entities": "Fennimoor"}
"""What own files have to have found, so that tables of these are not compared as empty."""

JSON_LOG = {"AWS_LAMBDA_LOG_FORMAT": "JSON"}
"""As Lambda sets it where a function's log is JSON, which the stacks ask for."""
COUNTS = frozenset({"ingest", "import", "routing", "customer-summary", "agent-summary", "sentiment", "first-response", "publish"})
"""Functions that say in their log what they did with a batch."""


def check(aws: LocalAws, deployment, command, folder) -> None:
    """Delivers the samples, and compares what comes of them with the embedded run."""
    inputs = samples() + broken_samples()
    deliver_all(deployment, inputs)
    deployment.settle()
    assert deployment.lost() == []
    quarantined = deployment.quarantined()
    for input_ in broken_samples():
        assert input_.content in quarantined
    expected = warehouse.embedded_rows(command, write_folder(inputs, folder / "inputs"), folder, FAST_CLOCK | variables(where_they_lie(FILES)))
    found = warehouse.dumped_rows(deployment, folder / "deployed")
    for table in warehouse.TABLES:
        assert found[table] == expected[table], table
    for table, what in FINDS.items():
        assert any(what in row for row in found[table]), f"{what} in {table}"
    ran = {call["function"].removeprefix("aftercall-") for call in aws.calls()}
    assert set(deployment.functions) & set(cdk.PROGRAMS) - ON_DEMAND <= ran, "every function has run"


def check_logs(deployment) -> None:
    """Every function logs what it did as JSON, with the ids of the request and of its trace, and nothing that was said, no number."""
    conversations = map(json.loads, deployment.objects("analysis", "conversations/").values())
    said = {turn["content"] for one in conversations for turn in one["turns"] if len(turn["content"]) > 15}
    numbers = set(re.findall(rb"\+\d{9,15}", b"".join(input_.content for input_ in samples())))
    assert len(said) > 50 and numbers
    personal = said | {number.decode() for number in numbers}
    for program in set(deployment.functions) & set(cdk.PROGRAMS) - ON_DEMAND:
        lines = deployment.aws.logs(deployment.functions[program])
        for line in lines:
            assert not [one for one in personal if one in line], f"{program}: {line}"
        spans = [json.loads(line).get("span", {}) for line in lines if line.startswith("{")]
        traced = [span for span in spans if span.get("requestId") and span.get("xrayTraceId")]
        assert traced or program not in COUNTS, f"{program}: {lines[:5]}"


def test_the_plain_deployment_gives_the_rows_of_the_embedded_run(programs, command, tmp_path):
    with LocalAws({"QUEUE_SPEED": "10"}) as aws:
        deployment = deploy_plain(aws, programs, FAST_CLOCK | variables(FILES) | JSON_LOG, own_files=OWN_FILES)
        check(aws, deployment, command, tmp_path)
        check_logs(deployment)


def test_the_cdk_app_deploys_from_nothing_and_gives_the_same_rows(programs, command, node, tmp_path):
    with LocalAws({"QUEUE_SPEED": "10"}) as aws:
        deployment = cdk.deploy(aws, SETTINGS | FILES, node, own_files=OWN_FILES)
        assert set(cdk.PROGRAMS) <= set(deployment.functions)
        check(aws, deployment, command, tmp_path)
        said = cdk.smoke(aws, deployment)
        assert said.rstrip().endswith("the deployment works"), said


@pytest.fixture(scope="module")
def bare():
    with LocalAws() as aws:
        yield aws


def test_the_cdk_app_deploys_with_placeholders(node, bare):
    """The wires alone, where no function has been built: every name of docs/aws.md is found among the stacks' resources."""
    deployment = cdk.deploy(bare, SETTINGS, node, assets="placeholder")
    assert set(cdk.PROGRAMS) <= set(deployment.functions)
    assert set(deployment.tables) == set(cdk.TABLES)
    assert set(deployment.buckets) == set(cdk.BUCKETS)
    assert set(cdk.VOICE_PROGRAMS) <= set(deployment.functions)
    assert set(deployment.queues) == set(deployment.dead_letters) >= {"import", "sentiment", "customer-summary"}
    assert deployment.stream and deployment.insights and deployment.bus
    for table in ("segments", "index"):
        described = bare.client("dynamodb").describe_time_to_live(TableName=deployment.tables[table])
        assert described["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
