"""Stand-in for Amazon Bedrock: Converse, ApplyGuardrail, Retrieve (knowledge base), InvokeAgent, ingestion jobs.

A request is checked against the published shapes and against the rules of Converse that shapes cannot say. The answer is
invented: a forced tool call is filled from the transcript in the request (`transcript.py`), or from its passages (`answers.py`).
"""

import hashlib
import json
import re
import threading
from urllib.parse import unquote

from . import agent, answers, guardrail, retrieval, shapes, transcript
from .converse_rules import check_conversation
from .ingestion import Ingestion
from .script import Order
from .service import Refused, Reply, Request

CACHE_MINIMUM_TOKENS = 512
"""A shorter prefix is silently not cached. The newest models have this minimum, others up to 4096."""

_MODEL_OF = {
    "Converse": "bedrock-runtime", "ApplyGuardrail": "bedrock-runtime",
    "Retrieve": "bedrock-agent-runtime", "InvokeAgent": "bedrock-agent-runtime",
    "StartIngestionJob": "bedrock-agent", "ListIngestionJobs": "bedrock-agent",
}


class Bedrock:
    """The operations, and which prefixes have been cached."""

    operations = frozenset(_MODEL_OF)

    def __init__(self) -> None:
        self._cached: set[str] = set()
        self._lock = threading.Lock()
        self._ingestion = Ingestion()

    def answer(self, request: Request, order: Order | None) -> dict | Reply:
        """The answer to a request, or `Refused`."""
        try:
            body = json.loads(request.body)
        except ValueError as error:
            raise Refused("SerializationException", f"the body is no JSON: {error}") from None
        shapes.check(_MODEL_OF[request.operation], request.operation, body)
        _raise_if_ordered(order)
        if request.operation == "Retrieve":
            return retrieval.retrieve(body)
        if request.operation == "InvokeAgent":
            if not body.get("inputText"):
                raise Refused("ValidationException", "Input text is required.")
            return agent.invoke(body, order.behaviour if order else "")
        if request.operation == "StartIngestionJob":
            return self._ingestion.start(request.path, body)
        if request.operation == "ListIngestionJobs":
            return self._ingestion.list(request.path, body)
        if request.operation == "ApplyGuardrail":
            return guardrail.apply(body, intervene=bool(order and order.behaviour == "guardrail"))
        model = unquote(request.path.split("/")[-2])
        check_conversation(model, body)
        return self._converse(body, order)

    def _converse(self, body: dict, order: Order | None) -> dict:
        content, reason = _message(body, order.behaviour if order else "")
        usage = self._usage(body, content)
        answer = {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": reason,
            "usage": usage,
            "metrics": {"latencyMs": 5 + int(1000 * (order.seconds_late if order else 0))},
        }
        if reason == "guardrail_intervened" and body.get("guardrailConfig", {}).get("trace") == "enabled":
            answer["trace"] = {"guardrail": {"inputAssessment": {}}}
        return answer

    def _usage(self, body: dict, content: list[dict]) -> dict:
        """Tokens at four characters each. What lies before a cache point is written to the cache once, then read from it."""
        system = body.get("system") or []
        point = max((place for place, block in enumerate(system) if "cachePoint" in block), default=0)
        prefix, rest = json.dumps(system[:point]), json.dumps([system[point:], body["messages"]])
        tokens = len(prefix) // 4 if point and len(prefix) // 4 >= CACHE_MINIMUM_TOKENS else 0
        with self._lock:
            digest = hashlib.sha256(prefix.encode()).hexdigest()
            known = digest in self._cached
            self._cached.add(digest)
        into = len(rest) // 4 + (0 if tokens else len(prefix) // 4)
        out = len(json.dumps(content)) // 4
        return {
            "inputTokens": into, "outputTokens": out, "totalTokens": into + out + tokens,
            "cacheReadInputTokens": tokens if known else 0, "cacheWriteInputTokens": 0 if known else tokens,
        }


def _message(body: dict, behaviour: str) -> tuple[list[dict], str]:
    """The content of the assistant's message and the stop reason."""
    if behaviour == "guardrail":
        return [{"text": guardrail.BLOCKED}], "guardrail_intervened"
    if behaviour == "refusal":
        return [{"text": "I cannot help with this request."}], "content_filtered"
    tool = _forced_tool(body)
    if tool is None:
        return [{"text": _text_answer(body)}], "end_turn"
    if tool["name"] == answers.TOOL:
        return [_use(body, tool, answers.answer(body, behaviour))], "tool_use"
    answer = transcript.fill(tool["inputSchema"]["json"], transcript.turns_of(body))
    if behaviour == "max_tokens":
        answer = dict(list(answer.items())[:1])
    elif behaviour == "invalid_answer":
        answer = {"reason": 7, "surprise": True}
    elif behaviour == "unknown_turn":
        answer = json.loads(re.sub(r'"turns": \[\d+\]', '"turns": [999999]', json.dumps(answer)))
    return [_use(body, tool, answer)], "max_tokens" if behaviour == "max_tokens" else "tool_use"


def _use(body: dict, tool: dict, answer: object) -> dict:
    identity = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:22]
    return {"toolUse": {"toolUseId": f"tooluse_{identity}", "name": tool["name"], "input": answer}}


def _forced_tool(body: dict) -> dict | None:
    """The tool that the request forces: by name, or the first where any will do."""
    config = body.get("toolConfig") or {}
    tools = [tool["toolSpec"] for tool in config.get("tools", []) if "toolSpec" in tool]
    choice = config.get("toolChoice") or {}
    if "tool" in choice:
        return next(tool for tool in tools if tool["name"] == choice["tool"]["name"])
    return tools[0] if "any" in choice else None


def _text_answer(body: dict) -> str:
    """An answer without tools: the first sentence of what was asked last, so that a reader sees where it is from."""
    said = [block["text"] for block in body["messages"][-1]["content"] if "text" in block]
    first = re.split(r"(?<=[.!?])\s", " ".join(said).strip(), maxsplit=1)[0]
    return f"You asked: {first[:300]}"


def _raise_if_ordered(order: Order | None) -> None:
    if order is None:
        return
    if order.behaviour == "throttle":
        raise Refused("ThrottlingException", "Too many requests, please wait before trying again.", 429)
    if order.behaviour == "error":
        raise Refused(order.code, "ordered by a test", order.status)
