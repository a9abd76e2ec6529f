"""A summary for a transcript, made by its form: statements quote turns, so that they pass any grounding check."""

import json
from dataclasses import dataclass

LONGEST_STATEMENT = 600
_ROLE_OF = {
    "reason": "CUSTOMER", "what_happened": "BOT", "bot_failures": "BOT", "follow_up": "BOT",
    "agent_actions": "AGENT", "outcome": "AGENT", "notes": "CUSTOMER",
}
_MOST_OF_A_LIST = 2


@dataclass(frozen=True)
class Turn:
    """One turn as the request shows it."""

    number: int
    speaker: str
    text: str


def turns_of(request: dict) -> list[Turn]:
    """The turns in a Converse request: lines that are JSON objects with `turn`, `speaker` and `text`."""
    found: dict[int, Turn] = {}
    for message in request["messages"]:
        for block in message["content"]:
            for line in block.get("text", "").splitlines():
                if turn := _turn(line):
                    found.setdefault(turn.number, turn)
    return list(found.values())


def _turn(line: str) -> Turn | None:
    if not line.startswith("{"):
        return None
    try:
        read = json.loads(line)
    except ValueError:
        return None
    if not isinstance(read, dict) or not {"turn", "speaker", "text"} <= read.keys():
        return None
    return Turn(read["turn"], read["speaker"], read["text"])


def fill(schema: dict, turns: list[Turn], name: str = "") -> object:
    """A value that satisfies a JSON schema, with what the transcript has for it."""
    if "anyOf" in schema:
        wanted = next((option for option in schema["anyOf"] if option.get("type") != "null"), {"type": "null"})
        return fill(wanted, turns, name) if turns else None
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if isinstance(kind, list):
        return None if "null" in kind else fill({**schema, "type": kind[0]}, turns, name)
    if kind == "object":
        return _object(schema, turns, name)
    if kind == "array":
        return _array(schema, turns, name)
    return {"string": name, "integer": schema.get("minimum", 0), "number": schema.get("minimum", 0), "boolean": False}.get(kind)


def _object(schema: dict, turns: list[Turn], name: str) -> dict:
    fields = schema.get("properties", {})
    if "turns" in fields and ("text" in fields or "what" in fields) and turns:
        return _statement(fields, turns, name)
    return {field: fill(inner, turns, field) for field, inner in fields.items()}


def _statement(fields: dict, turns: list[Turn], name: str) -> dict:
    who = fields.get("who", {}).get("enum", [_ROLE_OF.get(name, "")])[-1]
    turn = next((turn for turn in turns if turn.speaker == who and len(turn.text.split()) > 3), turns[0])
    quoted = turn.text[:LONGEST_STATEMENT].strip() or "…"
    statement = {field: fill(inner, turns, field) for field, inner in fields.items() if field not in ("turns", "text")}
    statement |= {"turns": [turn.number], ("text" if "text" in fields else "what"): quoted}
    return statement | ({"who": turn.speaker} if "who" in fields else {})


def _array(schema: dict, turns: list[Turn], name: str) -> list:
    items, least = schema.get("items", {}), schema.get("minItems", 0)
    if "properties" not in items or "turns" not in items["properties"]:
        return [fill(items, turns, name) for _ in range(least)]
    speakers = items["properties"].get("who", {}).get("enum") or [_ROLE_OF.get(name, "")]
    quotable = [turn for turn in turns if turn.speaker in speakers and len(turn.text.split()) > 3]
    count = min(_MOST_OF_A_LIST, schema.get("maxItems", _MOST_OF_A_LIST), len(quotable))
    return [fill(items, quotable[position:], name) for position in range(count)]
