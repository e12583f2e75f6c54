"""The language in which people are answered: English, which stands in the code, or another one for
which there is a catalogue.

``_("{who} came in").format(who=name)`` is said in the language of whoever reads it. That is a
matter of the moment: whatever answers somebody runs inside :func:`spoken`, and everything else,
other threads too, speaks English. So what goes over MQTT, into the journal, into a log or out as
JSON is English on every machine, and clients have one form of it to read.

Catalogues are gettext's, ``locale/de/LC_MESSAGES/facedoor.po``, and read as they are: nothing has
to be compiled, so none can be out of date. ``make words`` brings the texts of the code into them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TypeAlias

ENGLISH = "en"

Catalogue: TypeAlias = Mapping[str, tuple[str, ...]]
"""What is said for each text: one form, or the two of a text that counts something."""

LOCALE = Path(__file__).with_name("locale")

_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
_NO_LOCALE = ("C", "POSIX")

_language: ContextVar[str] = ContextVar("facedoor_language", default=ENGLISH)


def _(text: str) -> str:
    """``text`` in the language that is spoken here."""
    return catalogue(_language.get()).get(text, (text,))[0]


N_ = str
"""Marks a constant which :func:`_` is going to be asked for, and leaves it as it is."""


def ngettext(one: str, many: str, number: int) -> str:
    """``one`` or ``many``, by ``number``, in the language that is spoken here: one form for one of
    something and one for all else, as in English and German."""
    return catalogue(_language.get()).get(one, (one, many))[number != 1]


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Speak ``language`` inside, in this thread."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def of_reader(environment: Mapping[str, str]) -> str:
    """The first of the languages that somebody reads for which there is a catalogue, by gettext's
    rules: ``LANGUAGE`` has several, in order, and counts only where a locale is set; English where
    there is none."""
    locale = next(filter(None, map(environment.get, _LOCALES)), _NO_LOCALE[0])
    if _name(locale) in _NO_LOCALE:
        return ENGLISH
    known = {ENGLISH, *(folder.name for folder in LOCALE.glob("*"))}
    wanted = map(_name, (environment.get("LANGUAGE") or locale).split(":"))
    return next((language for language in wanted if language in known), ENGLISH)


def _name(locale: str) -> str:
    """``de`` of ``de_AT.UTF-8@euro``."""
    return locale.partition(".")[0].partition("@")[0].partition("_")[0]


@functools.cache
def catalogue(language: str) -> Catalogue:
    """What there is in ``language``; where it cannot be read nothing, and English is spoken."""
    with suppress(OSError, ValueError):
        return parse((LOCALE / language / "LC_MESSAGES" / "facedoor.po").read_text("utf-8"))
    return {}


def parse(text: str) -> Catalogue:
    """What a catalogue says, of the form in which GNU's and Babel's tools write it."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in text.split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in entry.splitlines():
            if line.startswith("#"):
                continue
            if not line.startswith('"'):
                name, _blank, line = line.partition(" ")
            # Its escapes are those of JSON; most lines have none.
            said = json.loads(line) if "\\" in line else line[1:-1]
            fields[name] = fields.get(name, "") + said
        forms = tuple(form for name, form in fields.items() if name.startswith("msgstr"))
        if fields.get("msgid") and all(forms):
            found[fields["msgid"]] = forms
    return found
