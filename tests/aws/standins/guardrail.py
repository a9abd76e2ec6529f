"""ApplyGuardrail of the Bedrock stand-in: masks e-mail addresses, blocks texts with the marker, or what a test ordered."""

import re

BLOCKED = "Sorry, this cannot be answered."
MARKER = "[[guardrail:block]]"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def apply(body: dict, intervene: bool) -> dict:
    """The answer: nothing found, text masked, or text blocked."""
    texts = [part["text"]["text"] for part in body["content"] if "text" in part]
    blocked = intervene or any(MARKER in text for text in texts)
    found = [address for text in texts for address in _EMAIL.findall(text)]
    outputs = []
    if blocked:
        outputs = [{"text": BLOCKED}]
    elif found:
        outputs = [{"text": _EMAIL.sub("{EMAIL}", text)} for text in texts]
    return {
        "action": "GUARDRAIL_INTERVENED" if outputs else "NONE",
        "outputs": outputs,
        "assessments": [_assessment(blocked, found)],
        "usage": _usage(texts),
    }


def _assessment(blocked: bool, found: list[str]) -> dict:
    assessment = {}
    if blocked:
        assessment["topicPolicy"] = {"topics": [{"name": "ordered", "type": "DENY", "action": "BLOCKED"}]}
    if found:
        entities = [{"match": match, "type": "EMAIL", "action": "ANONYMIZED"} for match in found]
        assessment["sensitiveInformationPolicy"] = {"piiEntities": entities, "regexes": []}
    return assessment


def _usage(texts: list[str]) -> dict:
    units = sum(1 + len(text) // 1000 for text in texts)
    names = ("topicPolicyUnits", "contentPolicyUnits", "wordPolicyUnits", "sensitiveInformationPolicyUnits")
    free = {"sensitiveInformationPolicyFreeUnits": 0, "contextualGroundingPolicyUnits": 0}
    return {name: units for name in names} | free
