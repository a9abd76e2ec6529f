"""A contact of each wire format that samples/ has none of, made of the short documents that the formats' own tests read, and the ways
in which an input can be broken.

Those documents name their contact `c-1`, or not at all; here it is an id of Connect's form, also where only the name of a job or a
recording tells it, so that each can be copied as the samples are.
"""

import gzip
import json
import re
import uuid

from environment import ROOT

DOCUMENTS = ROOT / "pipeline" / "core" / "tests" / "samples"
_NAMES = uuid.UUID("8c0f3d0e-7c55-4f0f-9a6e-6f1c9d2e4b11")
# Format and the folder that its files come in; records of the stream have none.
FORMATS = {
    "lex-log": "",
    "contact-event": "",
    "chat-transcript": "connect/aftercall/ChatTranscripts/2026/03/12/{contact}_20260312T14:20_UTC.json",
    "transcribe-channels": "transcripts/{contact}_20260312T14-20_UTC.json",
    "transcribe-labels": "transcripts/{contact}_20260312T14-20_UTC.json",
    "call-analytics": "analytics/{contact}_20260312T14-20_UTC.json",
    "post-call-analytics": "parsed/{contact}_20260312T14-20_UTC.json",
}


def documents() -> list[tuple[str, bytes, str]]:
    """Contact, content and file name (empty: a record of the stream) of one document a format."""
    return [_document(name, folder) for name, folder in FORMATS.items()]


def _document(name: str, file: str) -> tuple[str, bytes, str]:
    contact = str(uuid.uuid5(_NAMES, name))
    text = (DOCUMENTS / f"{name}.json").read_text()
    text = re.sub(r"\bsupport-20260102-\d\b", f"{contact}_20260312T14-20_UTC", text)
    text = re.sub(r"\bc-[0-9]\b", contact, text).replace("2026-01", "2026-03")
    # One line, so that a file of it is one document whatever comes of it.
    content = json.dumps(json.loads(text)).encode()
    return contact, content, file.format(contact=contact)


def cut(contact: str, content: bytes) -> bytes:
    """Ends in the middle."""
    return content[: len(content) // 2]


def not_json(contact: str, content: bytes) -> bytes:
    """Is text."""
    return f"contact {contact} was moved to another system".encode()


def not_utf8(contact: str, content: bytes) -> bytes:
    """Was written in another encoding."""
    return f'{{"id": "{contact}", "source": "caf\u00e9", "turns": []}}'.encode("latin-1")


def wrong_type(contact: str, content: bytes) -> bytes:
    """Has a list where text belongs."""
    return json.dumps({"id": contact, "source": "test", "turns": [{"role": "customer", "text": ["Hello."]}]}).encode()


def no_contact(contact: str, content: bytes) -> bytes:
    """Does not say whose it is."""
    return json.dumps({"turns": [{"role": "customer", "text": f"Hello, {contact}."}]}).encode()


def unknown(contact: str, content: bytes) -> bytes:
    """Is JSON of something else."""
    return json.dumps({"weather": "rain", "station": contact}).encode()


def broken_gzip(contact: str, content: bytes) -> bytes:
    """Is gzip whose middle is damaged."""
    packed = bytearray(gzip.compress(content * 3, mtime=0))
    middle = len(packed) // 2
    packed[middle : middle + 8] = b"\xff" * 8
    return bytes(packed)


def half_gzip(contact: str, content: bytes) -> bytes:
    """Is gzip that ends in the middle."""
    packed = gzip.compress(content, mtime=0)
    return packed[: len(packed) // 2]


BREAKAGES = (cut, not_json, not_utf8, wrong_type, no_contact, unknown, broken_gzip, half_gzip)
"""All of them."""
PACKED = (broken_gzip, half_gzip)
"""Those that are gzip."""
