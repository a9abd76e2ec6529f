"""What a model says to a caller: the first sentences of the passage that shares most words with the question, or nothing."""

import re

TOOL = "report_answer"
_PASSAGE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
_QUESTION = re.compile(r"<question>(.*)</question>", re.DOTALL)


def answer(body: dict, behaviour: str) -> dict:
    """The input of the tool: `answer`, and the numbers of the `passages` that say so."""
    said = "\n".join(_texts(body))
    passages = {int(number): text for number, text in _PASSAGE.findall(said)}
    if behaviour == "invalid_answer":
        return {"surprise": True}
    if behaviour == "invented":
        return {"answer": "That costs 999 euros and takes 77 days.", "passages": sorted(passages)[:1]}
    asked = words(_QUESTION.search(said).group(1))
    best = max(passages, key=lambda number: (len(asked & words(passages[number])), -number), default=None)
    if best is None or not asked & words(passages[best]):
        return {"answer": "", "passages": []}
    sentences = re.split(r"(?<=[.!?])\s", passages[best])
    return {"answer": " ".join(sentences[:2]), "passages": [best]}


def words(text: str) -> set[str]:
    """Words that say something."""
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}


def _texts(body: dict) -> list[str]:
    """The texts of the last message, those for the guardrail too."""
    blocks = body["messages"][-1]["content"]
    return [block["text"] if "text" in block else block["guardContent"]["text"]["text"] for block in blocks]
