"""InvokeAgent of the Bedrock stand-in: answers with what its knowledge base has, as a stream of events with citations."""

import base64
import json
import struct
import zlib

from . import answers, retrieval
from .service import Reply


def invoke(body: dict, behaviour: str) -> Reply:
    """The answer in two events: its text comes in pieces, and the sources with the last."""
    found = retrieval.retrieve({"retrievalQuery": {"text": body["inputText"]}})["retrievalResults"][:1]
    asked = answers.words(body["inputText"])
    found = [result for result in found if asked & answers.words(result["content"]["text"])]
    text = found[0]["content"]["text"] if found else "Sorry, I have nothing on that."
    if behaviour == "invented":
        text = "That costs 999 euros and takes 77 days."
    references = [{name: result[name] for name in ("content", "location", "metadata")} for result in found]
    citation = {"generatedResponsePart": {"textResponsePart": {"text": text}}, "retrievedReferences": references}
    half = len(text) // 2
    events = [_event({"bytes": _encoded(text[:half])})]
    events.append(_event({"bytes": _encoded(text[half:]), "attribution": {"citations": [citation]}}))
    headers = {
        "content-type": "application/vnd.amazon.eventstream", "x-amzn-bedrock-agent-content-type": "application/json",
        "x-amz-bedrock-agent-session-id": "session",
    }
    return Reply(200, b"".join(events), headers)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _event(payload: dict) -> bytes:
    """A message of the encoding `application/vnd.amazon.eventstream`: lengths, headers, payload, each with its checksum."""
    named = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for name, value in named.items()
    )
    data = json.dumps(payload).encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(data), len(headers))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + data
    return message + struct.pack("!I", zlib.crc32(message))
