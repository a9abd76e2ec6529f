"""The inputs that other tests are made of are what those tests believe they are."""

import gzip
import json

from every_format import FORMATS
from inputs import LEX_CONTACT, broken_samples, copied, every_format, many, new_id, repeated, samples


def test_all_samples_are_delivered_in_their_formats():
    inputs = samples()
    assert len({input_.contact for input_ in inputs}) == 17 + 1, "the samples and the Lex conversation"
    assert sum(bool(input_.file) for input_ in inputs) == 13
    assert len(broken_samples()) == 4
    assert any(input_.contact == LEX_CONTACT and input_.content[:2] == b"\x1f\x8b" for input_ in inputs)


def test_many_contacts_are_distinct_deterministic_and_a_tenth_is_broken():
    inputs = many(1000, broken=10)
    contacts = {input_.contact for input_ in inputs}
    assert len(contacts) == 1000
    assert len({input_.contact for input_ in inputs if input_.broken}) == 100
    assert inputs == many(1000, broken=10)
    for input_ in inputs:
        if input_.broken:
            continue
        packed = input_.content[:2] == b"\x1f\x8b"
        content = gzip.decompress(input_.content) if packed else input_.content
        assert input_.contact.encode() in content or input_.contact in input_.file
        assert b"2026-03" not in content
        assert input_.file or json.loads(content)


def test_many_contacts_are_of_every_format_and_broken_in_every_way():
    inputs = many(1000, broken=10)
    added = every_format()
    assert len(added) == len(FORMATS)
    ids = frozenset(input_.contact for input_ in added)
    for original in added:
        assert copied(original, 0, ids) in inputs or new_id(original.contact, 0) in {i.contact for i in inputs if i.broken}
        assert original.contact.encode() in original.content
    broken = {input_.content for input_ in inputs if input_.broken}
    starts = {b"contact ", b'{"id": "', b'{"turns"', b'{"weathe', b"\x1f\x8b\x08\x00\x00\x00\x00\x00"}
    assert starts <= {content[:8] for content in broken}
    assert any(b"\xe9" in content for content in broken), "no UTF-8"


def test_repetition_depends_on_the_seed_alone_and_loses_nothing():
    inputs = many(50, broken=10)
    deliveries = repeated(inputs, seed=7)
    assert deliveries == repeated(inputs, seed=7) != repeated(inputs, seed=8)
    assert set(deliveries) == set(inputs)
    assert max(deliveries.count(input_) for input_ in set(inputs)) >= 5
