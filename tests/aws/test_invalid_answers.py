"""A model whose answers have another form than asked for: they are in quarantine, and come back when it is mended."""

import json

from conftest import FAST_CLOCK, MODEL
from harness import LocalAws
from inputs import Input, deliver_all
from plain import deploy_plain

TURNS = [
    {"role": "customer", "text": "My parcel 4711 has not come.", "start_ms": 0},
    {"role": "agent", "text": "It will be there tomorrow.", "start_ms": 4000},
]
CONTACT = {"id": "in-vain", "source": "answers", "channel": "chat", "turns": TURNS}
INVALID = {"from": "quarantine", "reason": "invalid_answer", "limit": 10}


def entries(deployment) -> list[dict]:
    """What is in quarantine."""
    items = [item for item in deployment.items("index") if item["pk"]["S"].startswith("quarantine#")]
    return [json.loads(item["entry"]["S"]) for item in items]


def state(deployment) -> dict:
    """The state of the one contact."""
    [item] = deployment.contacts().values()
    return json.loads(item["state"]["S"])


def test_an_answer_that_cannot_be_used_is_put_aside_once_and_asked_for_again(programs):
    with LocalAws({"QUEUE_SPEED": "10"}) as aws:
        deployment = deploy_plain(aws, programs, FAST_CLOCK | MODEL)
        aws.control("POST", "/_script", {"service": "bedrock", "operation": "Converse", "behaviour": "invalid_answer"})
        deliver_all(deployment, [Input("in-vain", json.dumps(CONTACT).encode())])
        deployment.settle()

        assert len(aws.standin_requests("bedrock")) == 2, "once, and once more with the fault named"
        assert deployment.lost() == []
        [entry] = entries(deployment)
        assert (entry["reason"], entry["contact_id"].endswith("in-vain")) == ("invalid_answer", True), entry
        [kept] = [json.loads(content) for content in deployment.quarantined()]
        assert len(kept["answers"]) == 2 and "surprise" in kept["answers"][0], "what was said is kept"
        finished = state(deployment)["analysis"]["status"]["finished"]
        assert list(finished["missing"]) == [kept["stage"]], finished

        assert deployment.invoke("redrive", INVALID) == {"used": 0, "left": 1}
        deployment.settle()
        assert len(aws.standin_requests("bedrock")) == 4, "it was asked again, in vain"
        assert len(entries(deployment)) == 1

        aws.control("DELETE", "/_script")
        deployment.invoke("redrive", INVALID)
        deployment.settle()
        analysis = state(deployment)["analysis"]
        assert (analysis["revision"], analysis["status"]["finished"]["missing"]) == (2, {}), analysis
        assert deployment.invoke("redrive", INVALID) == {"used": 1, "left": 0}
        assert entries(deployment) == [] and deployment.quarantined() == []
        assert len(aws.standin_requests("bedrock")) == 5, "who has a summary is not asked for again"
