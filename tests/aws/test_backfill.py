"""A backfill through the queues gives the rows of the same backfill on one machine, also when its function is killed."""

import json
import os
import subprocess

import pytest

import warehouse
from conftest import FAST_CLOCK
from harness import LocalAws
from inputs import deliver_all, samples, write_folder
from plain import deploy_plain
from waiting import until

OTHER_FORMULA = {"AFTERCALL_SENTIMENT__FORMULA": "lca/1"}


@pytest.fixture(scope="module")
def world(programs):
    """A deployment with the samples, whose functions then get another formula."""
    with LocalAws({"QUEUE_SPEED": "60"}) as aws:
        deployment = deploy_plain(aws, programs, FAST_CLOCK)
        deliver_all(deployment, samples())
        deployment.settle()
        for name in deployment.functions.values():
            client = aws.client("lambda")
            variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            client.update_function_configuration(FunctionName=name, Environment={"Variables": variables | OTHER_FORMULA})
        yield deployment


def run(deployment, mode: str, meanwhile=None) -> dict:
    """One job, from its start to its end."""
    start = {"stage": "sentiment", "mode": mode, "in_flight": 4}
    job = deployment.invoke("backfill", {"start": start})["id"]

    def ended() -> dict | None:
        progress = deployment.invoke("backfill", {"progress": job})
        assert progress["waiting"] <= start["in_flight"]
        return progress if progress["state"] != "running" else None

    progress = until(ended, "the backfill ends", 180, every=0.5)
    assert progress["state"] == "done" and progress["errors"] == [], progress
    deployment.settle()
    return progress


def on_one_machine(command, folder, *arguments: str) -> dict:
    """The command's backfill over the embedded run's data."""
    environment = os.environ | FAST_CLOCK | OTHER_FORMULA | {"AFTERCALL_DATA": str(folder / "embedded"), "AFTERCALL_DUMP__LAG_SECONDS": "0"}
    call = [command, "--json", "backfill", "--stage", "sentiment", *arguments]
    done = subprocess.run(call, env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_compared_then_accepted_as_on_one_machine(world, command, tmp_path):
    warehouse.embedded_rows(command, write_folder(samples(), tmp_path / "inputs"), tmp_path, FAST_CLOCK)
    revisions = world.newest_revisions()
    compared, expected = run(world, "compare"), on_one_machine(command, tmp_path, "--compare")
    assert (compared["changed"], compared["same"]) == (expected["changed"], expected["same"]) and compared["changed"] > 10
    assert world.newest_revisions() == revisions, "a comparison publishes nothing"
    # The function dies after a call of its first step, and goes on.
    world.aws.control("POST", "/_fault", {"function": world.functions["backfill"], "nth": 40, "action": "kill_after"})
    accepted = run(world, "accept")
    assert world.aws.control("GET", "/_fault")[0]["hits"] == 1
    world.aws.control("DELETE", "/_fault")
    assert accepted["changed"] == compared["changed"]
    on_one_machine(command, tmp_path)
    found = warehouse.dumped_rows(world, tmp_path / "deployed")
    rows = warehouse.rows_of(tmp_path / "embedded" / "warehouse")
    for table in warehouse.TABLES:
        assert found[table] == rows[table], table
    assert world.lost() == []
    assert run(world, "accept")["current"] == accepted["changed"] + accepted["current"] + accepted["same"]


def test_no_consumer_hears_of_a_proposal(world):
    events = [call for call in world.aws.calls(world.functions["sentiment"]) if call["operation"] == "PutRecords"]
    analysed = len(world.newest_revisions())
    assert 0 < len(events) <= analysed * 4, "one a stage of a contact, none for a proposal"
