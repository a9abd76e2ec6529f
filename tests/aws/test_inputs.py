"""The inputs that other tests are made of are what those tests believe they are."""

import json

from inputs import LEX_CONTACT, broken_samples, many, repeated, samples


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
        assert input_.contact.encode() in input_.content or input_.broken
        assert b"2026-03" not in input_.content
        assert input_.broken or input_.file or json.loads(input_.content)


def test_repetition_depends_on_the_seed_alone_and_loses_nothing():
    inputs = many(50, broken=10)
    deliveries = repeated(inputs, seed=7)
    assert deliveries == repeated(inputs, seed=7) != repeated(inputs, seed=8)
    assert set(deliveries) == set(inputs)
    assert max(deliveries.count(input_) for input_ in set(inputs)) >= 5
