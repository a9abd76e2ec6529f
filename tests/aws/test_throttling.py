"""An hour in which Bedrock throttles everything costs time and no message. The queues' clock goes sixty times faster."""

import collections

from conftest import FAST_CLOCK, MODEL
from harness import LocalAws
from inputs import deliver_all, samples
from plain import deploy_plain

SPEED = 60
HOUR = 3600
MOST_TRIES = 100
"""For one text in an hour. Waits that double from 10 s to 15 min make about ten for a message; a text has a message for each
use case and for each revision of its contact. Constant waits of 10 s would make 360 for each message."""
SUMMARIES = ("customer-summary", "agent-summary")


def test_an_hour_of_throttling_sends_nothing_to_a_dead_letter_queue(programs):
    with LocalAws({"QUEUE_SPEED": str(SPEED)}) as aws:
        deployment = deploy_plain(aws, programs, FAST_CLOCK | MODEL)
        aws.control("POST", "/_script", {"service": "bedrock", "behaviour": "throttle", "seconds": HOUR / SPEED})
        deliver_all(deployment, samples())
        deployment.settle(HOUR / SPEED + 180)
        assert deployment.lost() == []
        tries = collections.Counter(
            str(request["request"]["messages"]) for request in aws.standin_requests("bedrock") if request["status"] == 429
        )
        assert tries and max(tries.values()) <= MOST_TRIES
        for program in SUMMARIES:
            operations = {call["operation"] for call in aws.calls(deployment.functions[program])}
            assert "ChangeMessageVisibility" in operations, f"{program} waits by visibility"
        phases = collections.Counter(item["phase"]["S"] for item in deployment.contacts().values())
        assert set(phases) == {"complete"}, phases


def test_throttled_comprehend_costs_no_message_either(programs):
    with LocalAws({"QUEUE_SPEED": str(SPEED)}) as aws:
        deployment = deploy_plain(aws, programs, FAST_CLOCK | {"AFTERCALL_SENTIMENT__PROVIDER": "comprehend"})
        aws.control("POST", "/_script", {"service": "comprehend", "behaviour": "throttle", "seconds": 30})
        deliver_all(deployment, samples())
        deployment.settle(180)
        assert deployment.lost() == []
        assert any(request["status"] == 400 for request in aws.standin_requests("comprehend"))
        assert {item["phase"]["S"] for item in deployment.contacts().values()} == {"complete"}
