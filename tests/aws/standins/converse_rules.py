"""Rules of Converse that its shapes do not say; each refusal is one that Bedrock is known to give."""

import re

from .service import Refused

MOST_CACHE_POINTS = 4
_WITHOUT_TEMPERATURE = re.compile(r"claude-(opus|sonnet|haiku)-5")


def check_conversation(model: str, body: dict) -> None:
    """Refuses a conversation that Bedrock would refuse."""
    messages = body.get("messages") or []
    if not messages or messages[0]["role"] != "user":
        _refuse("A conversation must start with a user message. Try again with a conversation that starts with a user message.")
    for before, after in zip(messages, messages[1:]):
        if before["role"] == after["role"]:
            _refuse("A conversation must alternate between user and assistant roles. Make sure the conversation alternates.")
    for position, message in enumerate(messages):
        _content(message, f"messages.{position}")
    _tool_results(messages)
    _tools(body)
    _cache_points(body)
    if "temperature" in (body.get("inferenceConfig") or {}) and _WITHOUT_TEMPERATURE.search(model):
        _refuse("This model doesn't support the temperature field. Remove temperature and try again.")


def _content(message: dict, where: str) -> None:
    if not message["content"]:
        _refuse(f"The content field in the Message object at {where} is empty. Add a ContentBlock object to the content field.")
    for block in message["content"]:
        if "text" in block and not block["text"].strip():
            _refuse("The text field in the ContentBlock object is blank. Add text to the text field, and try again.")


def _tool_results(messages: list[dict]) -> None:
    """Every tool use is followed by its result in the next message, and no result comes without its use."""
    for before, after in zip(messages, [*messages[1:], {"content": []}]):
        asked = {block["toolUse"]["toolUseId"] for block in before["content"] if "toolUse" in block}
        given = {block["toolResult"]["toolUseId"] for block in after["content"] if "toolResult" in block}
        if asked != given:
            _refuse("Expected toolResult blocks for the toolUse ids of the previous turn, and no others.")
    if any("toolResult" in block for block in messages[0]["content"]):
        _refuse("The first message holds a toolResult without a toolUse.")


def _tools(body: dict) -> None:
    config = body.get("toolConfig")
    uses = any("toolUse" in block or "toolResult" in block for message in body["messages"] for block in message["content"])
    if config is None:
        if uses:
            _refuse("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
        return
    names = []
    for tool in config["tools"]:
        if "toolSpec" in tool:
            names.append(tool["toolSpec"]["name"])
            schema = tool["toolSpec"]["inputSchema"].get("json")
            if not isinstance(schema, dict) or schema.get("type") != "object":
                _refuse("The value at toolConfig.tools.toolSpec.inputSchema.json.type must be one of the following: object.")
    if any(not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in names) or len(set(names)) != len(names):
        _refuse("The names of tools must match [a-zA-Z0-9_-]+ and be unique.")
    forced = (config.get("toolChoice") or {}).get("tool")
    if forced and forced["name"] not in names:
        _refuse("The toolChoice names a tool that is not among the tools.")


def _cache_points(body: dict) -> None:
    blocks = [*(body.get("system") or []), *((body.get("toolConfig") or {}).get("tools") or [])]
    blocks += [block for message in body["messages"] for block in message["content"]]
    if sum("cachePoint" in block for block in blocks) > MOST_CACHE_POINTS:
        _refuse(f"A request may hold at most {MOST_CACHE_POINTS} cache points.")


def _refuse(message: str) -> None:
    raise Refused("ValidationException", message)
