"""Inputs for the pipeline: the sample contacts as the deliveries that Connect would make, and as many more as a test needs.

A delivery is a record of the stream or a file. Copies of a sample differ in contact id and date only, both made from the
number of the copy, so every run of a test gives the pipeline the same bytes.
"""

import gzip
import json
import random
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from deployment import Deployment, cloudwatch_envelope
from environment import ROOT
from every_format import BREAKAGES, PACKED
from every_format import documents as every_format_documents

SAMPLES = ROOT / "samples"
LEX_CONTACT = "0d6f4a52-9d0e-4b7e-8a55-3c1f5b6f2a10"
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MONTH = re.compile(rb"2026(-?/?)03(?=\1\d\d)")
_NAMES = uuid.UUID("2b1e7a34-5c1d-4e0a-9a51-0a5d6a4b6a11")


@dataclass(frozen=True)
class Input:
    """One delivery. `contact` is the id in it; `file` is the file's name, or empty for a record of the stream."""

    contact: str
    content: bytes
    file: str = ""
    broken: bool = False

    def deliver(self, deployment: Deployment) -> None:
        """Hands it in, by the way that it comes."""
        if self.file:
            deployment.put_file(self.file, self.content)
        else:
            deployment.put_records([(self.contact, self.content)])


def samples() -> list[Input]:
    """All deliveries of samples/, and a Lex conversation in the envelope of CloudWatch Logs; without the broken ones."""
    found = [_file(path) for path in sorted((SAMPLES / "Analysis").rglob("*.json"))]
    for path in sorted((SAMPLES / "streams").glob("*.jsonl")):
        found += [_record(line) for line in path.read_bytes().splitlines()]
    for path in sorted((SAMPLES / "canonical").glob("*.gz")):
        found += [_canonical(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return [*found, lex_conversation()]


def every_format() -> list[Input]:
    """A delivery of each format that samples/ has none of."""
    return [Input(contact, content, file) for contact, content, file in every_format_documents()]


def broken_samples() -> list[Input]:
    """The two inputs that cannot be used, as files and as records."""
    files = [Input("broken", path.read_bytes(), f"broken/{path.name}", True) for path in sorted((SAMPLES / "broken").iterdir())]
    return files + [replace(file, file="") for file in files]


def lex_conversation() -> Input:
    """Three entries of a bot's log, as a subscription filter delivers them."""
    said = [("I want my money back", "Which order is it?"), ("Order 4711", "It is on its way to your card."), ("Thanks", "Goodbye.")]
    entries = [_lex_entry(number, *words) for number, words in enumerate(said)]
    return Input(LEX_CONTACT, cloudwatch_envelope("/aws/lex/aftercall", entries))


def _lex_entry(number: int, question: str, answer: str) -> str:
    attributes = {"ContactId": LEX_CONTACT, "InstanceId": "f53966ec-df9a-408d-90fd-2c94f2237f7a", "Channel": "CHAT"}
    bot = {"id": "B1", "name": "Orders", "aliasId": "A1", "aliasName": "prod", "localeId": "en_US", "version": "2"}
    return json.dumps({
        "messageVersion": "2.0", "timestamp": f"2026-03-12T14:20:0{number}.000Z", "requestId": f"r{number}", "sessionId": "s-1",
        "inputMode": "Text", "operationName": "RecognizeText", "missedUtterance": False, "bot": bot,
        "inputTranscript": question, "messages": [{"contentType": "PlainText", "content": answer}], "utteranceContext": {},
        "sessionState": {"sessionAttributes": attributes, "intent": {"name": "Refund", "slots": {}, "state": "InProgress"}},
        "interpretations": [{"nluConfidence": "0.91", "intent": {"name": "Refund", "slots": {}}}],
    })


def _file(path: Path) -> Input:
    contact = _UUID.search(path.name.encode())[0].decode()
    return Input(contact, path.read_bytes(), path.relative_to(SAMPLES).as_posix())


def _record(line: bytes) -> Input:
    return Input(json.loads(line)["ContactId"], line)


def _canonical(line: bytes) -> Input:
    return Input(json.loads(line)["id"], line)


def copied(input_: Input, copy: int, contacts: frozenset[str]) -> Input:
    """The same delivery of another contact: ids of contacts and the month are others."""
    month = b"2025\\g<1>%02d" % (copy % 12 + 1)

    def other(found: re.Match) -> bytes:
        return new_id(found[0].decode(), copy).encode() if found[0].decode() in contacts else found[0]

    packed = input_.content.startswith(b"\x1f\x8b")
    plain = gzip.decompress(input_.content) if packed else input_.content
    content, name = (_MONTH.sub(month, _UUID.sub(other, text)) for text in (plain, input_.file.encode()))
    content = gzip.compress(content, mtime=0) if packed else content
    return replace(input_, contact=new_id(input_.contact, copy), content=content, file=name.decode())


def new_id(contact: str, copy: int) -> str:
    """The id of a contact's copy."""
    return str(uuid.uuid5(_NAMES, f"{contact}/{copy}"))


def many(contacts: int, broken: int) -> list[Input]:
    """The deliveries of this many contacts, of all formats; those of every `broken`-th are broken, in each way in turn."""
    originals = samples() + every_format()
    ids = frozenset(input_.contact for input_ in originals)
    # Segments are a hundred records a contact: a few contacts of that kind are enough.
    chatty = {id_ for id_ in ids if sum(input_.contact == id_ for input_ in originals) > 20}
    made, copy = [], 0
    while len({input_.contact for input_ in made}) < contacts:
        chosen = ids if copy < 10 else ids - chatty
        made += [copied(input_, copy, ids) for input_ in originals if input_.contact in chosen]
        copy += 1
    order = list(dict.fromkeys(input_.contact for input_ in made))[:contacts]
    ways = {contact: BREAKAGES[number % len(BREAKAGES)] for number, contact in enumerate(order[::broken])}
    kept = [input_ for input_ in made if input_.contact in set(order)]
    return [_broken(input_, ways[input_.contact]) if input_.contact in ways else input_ for input_ in kept]


def _broken(input_: Input, way: Callable[[str, bytes], bytes]) -> Input:
    # Of a file that cannot be inflated to its end, what could be read of it is kept; of a record, the record.
    file = "" if way in PACKED else input_.file
    return replace(input_, content=way(input_.contact, input_.content), file=file, broken=True)


def repeated(inputs: list[Input], seed: int) -> list[Input]:
    """Each delivery one to five times, in an order that only the seed decides."""
    chance = random.Random(seed)
    deliveries = [input_ for input_ in inputs for _ in range(chance.randint(1, 5))]
    chance.shuffle(deliveries)
    return deliveries


def deliver_all(deployment: Deployment, inputs: list[Input]) -> None:
    """Hands everything in, in this order; records that follow each other go in one call."""
    waiting: list[tuple[str, bytes]] = []
    for input_ in inputs:
        if not input_.file:
            waiting.append((input_.contact, input_.content))
            continue
        deployment.put_records(waiting)
        waiting = []
        input_.deliver(deployment)
    deployment.put_records(waiting)


def write_folder(inputs: list[Input], folder: Path) -> Path:
    """The same inputs as files for the command: a record is a file of its own, so that one bad record costs no other."""
    for number, input_ in enumerate(inputs):
        file = folder / (input_.file or f"records/{number:06d}.json")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(input_.content)
    return folder
