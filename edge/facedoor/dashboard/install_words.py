"""How each system comes to trust the page's CA, in words: English and German.

They stand in ``install/en.toml`` and ``install/de.toml``.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from facedoor import strict
from facedoor.strict import Prose

Language: TypeAlias = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_FOLDER = Path(__file__).with_name("install")


@dataclass(frozen=True, slots=True)
class Guide:
    """The steps on one system, and how the fingerprint is seen there."""

    system: Prose
    agents: tuple[Prose, ...]
    """What a browser on it says of itself."""
    file: Prose
    """What to fetch: a path of the page."""
    button: Prose
    steps: tuple[Prose, ...]
    compare: Prose


@dataclass(frozen=True, slots=True)
class Words:
    """Everything on the page that is not a name, an address or a fingerprint."""

    title: Prose
    lead: Prose
    limited: Prose
    fingerprint: Prose
    check: Prose
    after: Prose
    open_page: Prose
    not_needed: Prose
    guides: tuple[Guide, ...]


@functools.cache
def words(language: Language) -> Words:
    """All words in one language."""
    return strict.read(Words, tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8")))
