"""Records as they travel: what the key does not vouch for is refused, whatever it is."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle import at
from facedoor.identity.gallery import Content
from facedoor.site.roster import MAX_RECORD_BYTES, Record, open_record, seal
from facedoor.site.site import Site
from facedoor.storage.vault import Vault
from site_kit import MODEL, SITE

ANNA = SITE.person("Anna")
RECORD = Record(
    ANNA,
    2,
    3,
    "front",
    "2026-11-24T09:30:00.000Z",
    Content("Anna", {MODEL: (at(0).tobytes(), at(10).tobytes())}),
)


@pytest.mark.parametrize("record", [RECORD, dataclasses.replace(RECORD, content=None)])
def test_record_arrives_as_it_was_said(record: Record) -> None:
    assert open_record(SITE, ANNA, seal(SITE, record)) == record


def test_message_tells_no_name() -> None:
    assert b"Anna" not in seal(SITE, RECORD)


def test_record_of_another_site_does_not_open() -> None:
    for site in [Site("home", Vault(bytes(32))), Site("work", SITE.vault)]:
        with pytest.raises(ValueError, match="another"):
            open_record(SITE, ANNA, seal(site, RECORD))


def test_record_does_not_open_as_somebody_else() -> None:
    with pytest.raises(ValueError, match="another"):
        open_record(SITE, SITE.person("Bob"), seal(SITE, RECORD))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_changed_byte_is_found(place: int, change: int) -> None:
    message = bytearray(seal(SITE, RECORD))
    message[place % len(message)] ^= change
    with pytest.raises(ValueError, match="sealed"):
        open_record(SITE, ANNA, bytes(message))


@given(st.binary(max_size=200))
def test_what_was_never_sealed_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match="sealed"):
        open_record(SITE, ANNA, payload)


def test_huge_message_is_refused_unread() -> None:
    with pytest.raises(ValueError, match="at most"):
        open_record(SITE, ANNA, bytes(MAX_RECORD_BYTES + 1))


GOOD = {"v": 1, "generation": 1, "version": 1, "origin": "a", "time": "2026", "name": "Anna"}
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([1])


@given(st.sampled_from(sorted([*GOOD, "templates"])), VALUES, st.dictionaries(st.text(), VALUES))
def test_sealed_nonsense_is_refused_as_such(key: str, value: object, more: object) -> None:
    said = GOOD | {"templates": more, key: value}
    sealed = SITE.vault.seal(json.dumps(said).encode(), f"person {ANNA} of site home")
    try:
        record = open_record(SITE, ANNA, sealed)
    except ValueError:
        return
    assert open_record(SITE, ANNA, seal(SITE, record)) == record
