"""People who may be one person under two names.

Sets that were gathered by name have some people twice: once as ``John_Barnett`` and once as
``John_Burnett``, as ``Nan_Wang`` and as ``Wang_Nan``. Taken for two they would stand among the
nearest strangers of all, where the smallest rates are measured. Whom to leave out is said by the
names alone: whoever looked at distances would leave out the very mistakes that are to be counted.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SHORTEST = 4
"""Letters of a word that may be spelled in two ways; shorter ones, and those with a digit in them,
are one word only if they are equal."""

MOST_WORDS = 4
"""A name of more words has to have them all alike: it has too many spellings to try."""


def namesakes(names: Collection[str]) -> set[tuple[str, str]]:
    """The pairs of ``names``, each in ascending order, that may be one person's.

    Names are alike if they have the same words in any order. Two spellings of a word are those that
    become equal when at most one letter is taken out of each. Case, and what stands between words,
    do not matter.
    """
    spelled = defaultdict(list)
    for name in sorted(set(names)):
        for spelling in set(_spellings(name)):
            spelled[spelling].append(name)
    return {pair for alike in spelled.values() for pair in itertools.combinations(alike, 2)}


def _spellings(name: str) -> Iterator[tuple[str, ...]]:
    words = [word for word in re.split(r"[\W_]+", name.casefold()) if word]
    spelled = map(_shortened, words) if len(words) <= MOST_WORDS else ({word} for word in words)
    for spelling in itertools.product(*spelled):
        yield tuple(sorted(spelling))


def _shortened(word: str) -> set[str]:
    if len(word) < SHORTEST or not word.isalpha():
        return {word}
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}
