"""Every function, every AWS call that it makes: the call fails, or the process dies before or after it had its effect.

Each case has a copy of the same small workload of its own, so a case can be told by its contact ids, and one embedded run
over all copies says at the end what every case has to have come to.
"""

import itertools
import json
import os
from dataclasses import dataclass

import pytest

import warehouse
from conftest import FAST_CLOCK, MODEL
from harness import LocalAws
from inputs import Input, copied, samples, write_folder
from plain import deploy_plain
from topology import ON_DEMAND, PROGRAMS

ACTIONS = ("fail", "kill_before", "kill_after")
EVERY = int(os.environ.get("AFTERCALL_MATRIX_EVERY", "12"))
"""Every twelfth call of each function, so that the one test command stays within its hour; 1 is the whole matrix. That every
call of every port may fail or be the last is tested over memory, SQLite and this local AWS (`pipeline/*/tests/crash_matrix.rs`)."""
BOTH_USE_CASES = "af78340c-d848-4912-b34f-c6829e41bc66"
RECORD_ONLY = "35771844-22a2-4e0a-9d0d-3fe47a8f6c13"
CLOCK = FAST_CLOCK | {"AFTERCALL_READY__AFTER_RECORD_SECONDS": "1"}
OF_THE_MODEL = {"resolution", "resolution_bot", "resolution_agent", "reason"}
"""Columns of a contact that a summary says."""
# A message whose process died comes back after its visibility of 6 x 180 s: 1.8 s at this speed.
SPEED = "600"


@dataclass
class Case:
    """One disturbance and what was seen of it."""

    program: str
    nth: int
    action: str
    inputs: list[Input]
    hits: int = 0
    model_calls: int = 0

    def __str__(self) -> str:
        return f"{self.program}, call {self.nth}, {self.action}"


def workload(copy: int) -> list[Input]:
    """A bot-and-agent contact as a file, and a contact that is a record alone and that `reconcile` has to make ready."""
    ids = frozenset((BOTH_USE_CASES, RECORD_ONLY))
    chosen = [copied(input_, copy, ids) for input_ in samples() if input_.contact in ids]
    return [Input(i.contact, i.content, f"{i.contact}.json") if b'"turns"' in i.content else i for i in chosen]


def run(deployment, inputs: list[Input], meanwhile=None) -> None:
    """The workload from the first event to the dump."""
    for input_ in inputs:
        input_.deliver(deployment)
    deployment.settle(60, meanwhile)
    try:
        deployment.invoke("analytics-dump", {})
    except RuntimeError:
        deployment.invoke("analytics-dump", {})


def calls_of(deployment, program: str) -> int:
    """Calls that a function makes for one workload, when its process is warm: by SDK call, retries not counted."""
    return len({call["invocation"] for call in deployment.aws.calls(deployment.functions[program])})


def disturb(deployment, program: str, nth: int, action: str, copy: int) -> Case:
    """One workload with one disturbance, redelivered as AWS would."""
    aws, case = deployment.aws, Case(program, nth, action, workload(copy))
    before = len(aws.standin_requests("bedrock"))
    aws.control("POST", "/_fault", {"function": deployment.functions[program], "nth": nth, "action": action})
    run(deployment, case.inputs, lambda: _end_leases_of_the_dead(deployment, case))
    case.hits = aws.control("GET", "/_fault")[0]["hits"]
    aws.control("DELETE", "/_fault")
    case.model_calls = len(aws.standin_requests("bedrock")) - before
    return case


def _end_leases_of_the_dead(deployment, case: Case) -> None:
    """The lease of a killed worker runs out before its message comes again; the queues' faster clock must not overtake it."""
    if case.action != "fail" and not case.hits and deployment.aws.control("GET", "/_fault")[0]["hits"]:
        case.hits = 1
        deployment.end_leases()


@pytest.fixture(scope="module")
def matrix(programs):
    """All cases, run one after the other on one deployment, and the deployment."""
    with LocalAws({"QUEUE_SPEED": SPEED, "STREAM_RETRY_DELAY": "0.02"}) as aws:
        deployment = deploy_plain(aws, programs, CLOCK | MODEL)
        run(deployment, workload(0))
        aws.control("DELETE", "/_calls")
        asked = len(aws.standin_requests("bedrock"))
        run(deployment, workload(1))
        undisturbed = len(aws.standin_requests("bedrock")) - asked
        lengths = {program: calls_of(deployment, program) for program in PROGRAMS if program not in ON_DEMAND}
        copies, cases = itertools.count(2), []
        for program, length in lengths.items():
            for nth in range(1, length + 1, EVERY):
                cases += [disturb(deployment, program, nth, action, next(copies)) for action in ACTIONS]
        yield deployment, cases, undisturbed


def test_every_function_was_disturbed(matrix):
    _, cases, _ = matrix
    struck = {case.program for case in cases if case.hits}
    assert struck == set(PROGRAMS) - ON_DEMAND


def test_the_rows_are_those_of_an_undisturbed_run(matrix, command, tmp_path):
    deployment, cases, _ = matrix
    found = warehouse.dumped_rows(deployment, tmp_path / "deployed")
    inputs = [input_ for case in cases for input_ in case.inputs]
    expected = warehouse.embedded_rows(command, write_folder(inputs, tmp_path / "inputs"), tmp_path, CLOCK)
    for table in set(warehouse.TABLES) - {"summaries"}:
        theirs, ours = _by_contact(expected[table]), _by_contact(found[table])
        for case in cases:
            for contact in {input_.contact for input_ in case.inputs}:
                assert _differences(ours.get(contact), theirs.get(contact)) == [], f"{case}: {table}"
    _summaries_are_alike(_by_contact(found["summaries"]), cases)
    assert deployment.lost() == []


def _differences(ours: list[dict] | None, theirs: list[dict] | None) -> list[str]:
    """What is not the same in rows of one contact, as `column: ours, theirs`."""
    if not ours or not theirs or len(ours) != len(theirs):
        return [] if ours == theirs else [f"{len(ours or [])} rows, and {len(theirs or [])} undisturbed"]
    pairs = [(row, other, name) for row, other in zip(ours, theirs) for name in row | other]
    return [f"{name}: {row.get(name)!r}, {other.get(name)!r}" for row, other, name in pairs if row.get(name) != other.get(name)]


def _by_contact(rows: list[str]) -> dict[str, list[dict]]:
    """The rows of each contact, without what the language model had a part in: the embedded run has none."""
    grouped: dict[str, list[dict]] = {}
    for row in map(json.loads, rows):
        contact = row.pop("contact_id").split(":")[-1]
        grouped.setdefault(contact, []).append({name: row[name] for name in row if name not in OF_THE_MODEL})
    return grouped


def _summaries_are_alike(rows: dict[str, list[dict]], cases: list[Case]) -> None:
    """The stand-in answers by the text alone, and the text of all copies is the same."""
    seen = {str(case): [rows.get(contact) for contact in sorted({i.contact for i in case.inputs})] for case in cases}
    summaries = {name: [found for found in lists if found] for name, lists in seen.items()}
    first = next(iter(summaries.values()))
    assert first, "the workload has summaries"
    assert [name for name, found in summaries.items() if found != first] == []


def test_a_disturbance_costs_at_most_one_model_call(matrix):
    _, cases, undisturbed = matrix
    assert undisturbed == 2
    costly = [f"{case}: {case.model_calls}" for case in cases if case.model_calls > undisturbed + (case.program.endswith("summary"))]
    assert costly == []
