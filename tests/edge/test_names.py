"""Names: what one can be, and which two are the same."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.errors import UsageError
from facedoor.names import clean_name, name_key, said_name

HIDDEN = [
    "\u200b",  # zero width space
    "\u200c",
    "\u200d",
    "\u200e",  # left-to-right mark
    "\u202e",  # right-to-left override
    "\u2060",  # word joiner
    "\u2066",
    "\u2069",
    "\ufeff",
    "\u00ad",  # soft hyphen
    "\u061c",
    "\u034f",
    "\u115f",
    "\u3164",  # Hangul filler
    "\uffa0",
    "\u2800",  # braille blank
    "\u180e",
    "\ufe0f",  # variation selector
    "\U000e0101",
    "\U000e0041",  # tag A
]
NEVER = ["\ue000", "\u0378", "\ufff0", "\U0010ffff"]


@pytest.mark.parametrize("character", [*HIDDEN, *NEVER])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_nobody_new_has_a_character_in_their_name_that_nobody_sees(
    character: str, place: int
) -> None:
    name = "Adam"[:place] + character + "Adam"[place:]
    with pytest.raises(UsageError, match=rf"cannot be seen, U\+{ord(character):04X}") as refused:
        clean_name(name)
    assert "Ad" not in str(refused.value)  # which may end in a log


@pytest.mark.parametrize("character", HIDDEN)
def test_hidden_character_makes_no_other_person(character: str) -> None:
    assert name_key(f"Ad{character}am") == name_key("Adam")
    assert said_name(f"Ad{character}am") == f"Ad{character}am"  # enrolled before this was known


def test_no_control_of_format_passes_in_a_latin_name() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}:
            with pytest.raises(UsageError):
                clean_name(f"Ad{character}am")


@pytest.mark.parametrize(
    "name",
    [
        "نیک\u200cپی",  # Persian
        "क्\u200dष",  # Devanagari, after a virama
        "辻\U000e0100",  # Japanese, one of two pictures of the ideograph
        "Zoë van der O'Brien-Müller 3rd.",
        "Владимир",
        "田中 さくら",
        "สมชาย",
        "יוסף",
        "مُحَمَّد",
    ],
)
def test_names_of_the_world_are_kept_as_they_are(name: str) -> None:
    assert clean_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna", "ANNA"),
        ("Zoë", "Zoe\u0308"),
        ("ﬁona", "Fiona"),
        ("\uff21\uff44\uff41", "Ada"),
        ("Straße", "STRASSE"),
        ("Ada Lovelace", "Ada\u00a0Lovelace"),
        ("Ada Lovelace", "Ada\u3000 Lovelace"),
        ("辻", "辻\U000e0100"),
        ("نیکپی", "نیک\u200cپی"),
        ("\u1e9e", "ss"),
        ("Ⅳ", "iv"),
    ],
)
def test_names_that_look_the_same_are_one(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_names_that_look_different_are_two() -> None:
    names = ["Ada", "Adá", "Ida", "Ada B", "AdaB", "\u0410da", "辻", "つじ"]
    assert len({name_key(name) for name in names}) == len(names)


@given(st.text())
def test_what_is_kept_of_a_name_is_a_name_and_the_same(text: str) -> None:
    try:
        name = clean_name(text)
    except UsageError:
        return
    assert clean_name(name) == said_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert len(name.splitlines()) == 1
    assert name_key(name) == name_key(text) == name_key(name.casefold()) == name_key(name_key(name))
