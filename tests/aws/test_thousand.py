"""A thousand contacts of all formats, every delivery one to five times and in any order, a tenth broken."""

import collections
import json

import warehouse
from conftest import FAST_CLOCK
from harness import LocalAws
from inputs import deliver_all, many, repeated, write_folder
from plain import deploy_plain

CONTACTS = 1000
SEED = 20261120


def test_each_good_contact_ends_in_one_current_analysis_and_each_broken_one_in_quarantine(programs, command, tmp_path):
    inputs = many(CONTACTS, broken=10)
    good = {input_.contact for input_ in inputs if not input_.broken}
    with LocalAws({"QUEUE_SPEED": "10"}) as aws:
        deployment = deploy_plain(aws, programs, FAST_CLOCK)
        deliver_all(deployment, repeated(inputs, SEED))
        deployment.settle(600)
        assert deployment.lost() == []
        quarantined = set(deployment.quarantined())
        assert not [input_.contact for input_ in inputs if input_.broken and input_.content not in quarantined]
        found = warehouse.dumped_rows(deployment, tmp_path / "deployed")
    current = collections.Counter(json.loads(row)["contact_id"].split(":")[-1] for row in found["contacts"])
    assert current.keys() == good
    assert set(current.values()) == {1}
    expected = warehouse.embedded_rows(command, write_folder(inputs, tmp_path / "inputs"), tmp_path, FAST_CLOCK)
    for table in warehouse.TABLES:
        assert found[table] == expected[table], table
