"""Retrieve of the Bedrock stand-in: a small invented knowledge base, ranked by common words, with metadata filters."""

import re

_PASSAGES = (
    ("refunds", "Fennimoor Bank returns a duplicate card payment within five business days after it was reported.", "bank"),
    ("cards", "A lost debit card is blocked at once. A digital card can be used on the same day.", "bank"),
    ("claims", "Brackenhythe Insurance needs photographs of the damage and the police report number for a claim of theft.", "insurance"),
    ("roaming", "Lumbrel Telecom charges roaming by the day. The day pass has to be ordered before the journey.", "telecom"),
    ("esim", "An eSIM is activated by scanning the code in the app. It takes up to fifteen minutes.", "telecom"),
)
_DEFAULT_RESULTS = 5


def retrieve(body: dict) -> dict:
    """The passages that share words with the question, best first."""
    search = (body.get("retrievalConfiguration") or {}).get("vectorSearchConfiguration") or {}
    asked = _words(body["retrievalQuery"].get("text", ""))
    found = []
    for name, text, company in _PASSAGES:
        metadata = {"topic": name, "company": company}
        common = len(asked & _words(text))
        if common and _matches(search.get("filter"), metadata):
            found.append((common / len(asked), name, text, metadata))
    found.sort(key=lambda passage: (-passage[0], passage[1]))
    return {"retrievalResults": [_result(*passage) for passage in found[: search.get("numberOfResults", _DEFAULT_RESULTS)]]}


def _result(score: float, name: str, text: str, metadata: dict) -> dict:
    uri = f"s3://amzn-s3-demo-bucket/knowledge/{name}.md"
    return {
        "content": {"type": "TEXT", "text": text},
        "location": {"type": "S3", "s3Location": {"uri": uri}},
        "score": round(score, 4),
        "metadata": metadata | {"x-amz-bedrock-kb-source-uri": uri},
    }


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 2}


def _matches(condition: dict | None, metadata: dict) -> bool:
    if not condition:
        return True
    (name, inner), = condition.items()
    if name == "andAll":
        return all(_matches(part, metadata) for part in inner)
    if name == "orAll":
        return any(_matches(part, metadata) for part in inner)
    value, wanted = metadata.get(inner["key"]), inner["value"]
    tests = {
        "equals": lambda: value == wanted, "notEquals": lambda: value != wanted,
        "in": lambda: value in wanted, "notIn": lambda: value not in wanted,
        "startsWith": lambda: str(value).startswith(wanted), "stringContains": lambda: wanted in str(value),
    }
    return name in tests and tests[name]()
