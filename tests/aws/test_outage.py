"""Streams that lose everything older than a day: `reconcile` brings back what their records would have caused."""

import warehouse
from conftest import FAST_CLOCK
from harness import LocalAws
from inputs import deliver_all, samples, write_folder
from plain import deploy_plain
from waiting import until

# A contact whose results are there but whose publishing was lost is looked at when its stages' deadline has passed.
SETTINGS = FAST_CLOCK | {"AFTERCALL_STAGES__DEADLINE_SECONDS": "15"}


def switch(aws: LocalAws, function: str, enabled: bool) -> None:
    """Turns the mapping of a function off, as an outage would, or on again."""
    client = aws.client("lambda")
    for mapping in client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


def test_reconcile_brings_back_what_both_streams_have_lost(programs, command, tmp_path):
    inputs = samples()
    contacts = {input_.contact for input_ in inputs}
    with LocalAws({"QUEUE_SPEED": "10"}) as aws:
        deployment = deploy_plain(aws, programs, SETTINGS)
        for program in ("routing", "publish"):
            switch(aws, deployment.functions[program], enabled=False)
        deliver_all(deployment, inputs)
        until(lambda: len(deployment.open_contacts()) >= len(contacts), "every contact has been taken in", 60)
        assert aws.control("POST", "/_drop", {"kind": "dynamodb", "name": deployment.tables["contacts"]})["dropped"] > 0

        def results_are_there() -> bool:
            deployment.reconcile()
            return bool(deployment.items("results"))

        until(results_are_there, "reconcile has called the stages", 60, every=1)
        aws.control("POST", "/_drop", {"kind": "dynamodb", "name": deployment.tables["results"]})
        for program in ("routing", "publish"):
            switch(aws, deployment.functions[program], enabled=True)
        deployment.settle()
        assert deployment.lost() == []
        found = warehouse.dumped_rows(deployment, tmp_path / "deployed")
    expected = warehouse.embedded_rows(command, write_folder(inputs, tmp_path / "inputs"), tmp_path, SETTINGS)
    for table in warehouse.TABLES:
        assert found[table] == expected[table], table
