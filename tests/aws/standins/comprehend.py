"""Stand-in for Amazon Comprehend: DetectSentiment and BatchDetectSentiment, labels by words of the text."""

import json
import re

from . import shapes
from .script import Order
from .service import Refused, Request

MOST_TEXTS = 25
MOST_BYTES = 5000
ERROR_MARKER = "[[comprehend:error]]"
"""A text with this comes back in the ErrorList of a batch."""

_POSITIVE = frozenset("thank thanks great perfect good glad happy lovely wonderful gracias perfecto bien obrigado".split())
_NEGATIVE = frozenset("not angry stolen lost wrong broken down never third cancel problem sorry terrible late malo".split())
_SCORES = {
    "POSITIVE": (0.91, 0.02, 0.06, 0.01), "NEGATIVE": (0.02, 0.90, 0.07, 0.01),
    "MIXED": (0.12, 0.13, 0.05, 0.70), "NEUTRAL": (0.03, 0.03, 0.93, 0.01),
}


class Comprehend:
    """The operations."""

    operations = frozenset(("DetectSentiment", "BatchDetectSentiment"))

    def answer(self, request: Request, order: Order | None) -> dict:
        """The answer to a request, or `Refused`."""
        body = _read(request)
        if order is not None and order.behaviour == "throttle":
            raise Refused("ThrottlingException", "Rate exceeded")
        if order is not None and order.behaviour == "error":
            raise Refused(order.code, "ordered by a test", order.status)
        if request.operation == "DetectSentiment":
            _check_text(body["Text"])
            return _found(body["Text"])
        return _batch(body["TextList"], all_fail=bool(order and order.behaviour == "item_error"))


def _read(request: Request) -> dict:
    if not request.headers.get("content-type", "").startswith("application/x-amz-json-1.1"):
        raise Refused("SerializationException", "the content type of this protocol is application/x-amz-json-1.1")
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise Refused("SerializationException", f"the body is no JSON: {error}") from None
    # These two have error codes of their own, which come before the general check of shapes.
    if isinstance(body, dict) and isinstance(body.get("TextList"), list) and len(body["TextList"]) > MOST_TEXTS:
        raise Refused("BatchSizeLimitExceededException", f"The batch size exceeds the limit of {MOST_TEXTS}.")
    if isinstance(body, dict) and isinstance(code := body.get("LanguageCode"), str) and code not in _languages(request):
        raise Refused("UnsupportedLanguageException", f"Value '{code}' at 'languageCode' is not supported.")
    shapes.check("comprehend", request.operation, body)
    return body


def _languages(request: Request) -> list[str]:
    return shapes.input_shape("comprehend", request.operation).members["LanguageCode"].enum


def _batch(texts: list[str], all_fail: bool) -> dict:
    for text in texts:
        _check_text(text)
    results, errors = [], []
    for index, text in enumerate(texts):
        if all_fail or ERROR_MARKER in text:
            errors.append({"Index": index, "ErrorCode": "INTERNAL_SERVER_ERROR", "ErrorMessage": "Internal server error."})
        else:
            results.append({"Index": index, **_found(text)})
    return {"ResultList": results, "ErrorList": errors}


def _check_text(text: str) -> None:
    if not text.strip():
        raise Refused("ValidationException", "Member must have length greater than or equal to 1")
    if len(text.encode()) > MOST_BYTES:
        raise Refused("TextSizeLimitExceededException", f"Input text size exceeds limit. Max length of request text allowed is {MOST_BYTES} bytes.")


def _found(text: str) -> dict:
    words = set(re.findall(r"\w+", text.lower()))
    pleased, displeased = bool(words & _POSITIVE), bool(words & _NEGATIVE)
    label = {(True, True): "MIXED", (True, False): "POSITIVE", (False, True): "NEGATIVE"}.get((pleased, displeased), "NEUTRAL")
    scores = dict(zip(("Positive", "Negative", "Neutral", "Mixed"), _SCORES[label]))
    return {"Sentiment": label, "SentimentScore": scores}
