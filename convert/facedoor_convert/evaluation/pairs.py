"""Which photos are compared: a file of pairs, or a folder of people.

Photos are named by their path below the folder of images, ``PERSON/FILE``, and whose photo it is
is the name of its folder. A pairs file takes one of two forms:

* LFW's: a first line with the number of folds and of pairs of each kind in a fold (or the latter
  alone); then, fold by fold, a line for each pair: ``Person 1 4`` (photos 1 and 4 of one person,
  ``Person/Person_0001.jpg``) or ``Person 1 Other 3``;
* a table: two paths below the folder of images and 1 (one person) or 0 on each line, separated by
  commas or tabs. It is dealt into ten folds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facedoor.errors import UsageError
from facedoor_convert import files
from facedoor_convert.readers.photo_source import is_photo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

DEALT_FOLDS = 10
_TABLE_LINE = re.compile(r"([^,\t]+)[,\t]([^,\t]+)[,\t]\s*([01])\s*")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos by name."""

    first: str
    second: str

    @property
    def is_genuine(self) -> bool:
        """True for two photos of one person."""
        return person_of(self.first) == person_of(self.second)


def person_of(photo: str) -> str:
    """The person whose photo it is, by its name."""
    return photo.rpartition("/")[0]


def read_pairs(file: Path) -> list[list[Pair]]:
    """The pairs of each fold in ``file``. Raises :class:`UsageError`, naming the line, when it is
    not as it should be."""
    return parse_pairs(files.read_text(file, "pairs"), str(file))


def parse_pairs(text: str, file: str) -> list[list[Pair]]:
    """The pairs of each fold, two folds or more, each with pairs of both kinds.

    ``file`` names the text in errors. Raises :class:`UsageError`.
    """
    lines = [(f"{file}, line {n}", line) for n, line in enumerate(text.splitlines(), 1)]
    lines = [(where, line) for where, line in lines if line.strip()]
    if lines and _TABLE_LINE.fullmatch(lines[0][1]):
        return _dealt([_table_pair(line, where) for where, line in lines], file)
    return _folds(lines, file)


def _folds(lines: Sequence[tuple[str, str]], file: str) -> list[list[Pair]]:
    """The folds of a file in LFW's form."""
    header = lines[0][1].split() if lines else []
    # More digits than these announce more pairs than a file can hold.
    if len(header) not in (1, 2) or not all(re.fullmatch("[0-9]{1,9}", n) for n in header):
        raise UsageError(
            f"{file} is no pairs file: its first line has to be the number of folds and of pairs "
            "of each kind, as in LFW's pairs.txt, or two paths and 0 or 1"
        )
    folds, of_each_kind = int(header[0]) if len(header) == 2 else 1, int(header[-1])
    size = 2 * of_each_kind
    if len(lines) - 1 != folds * size or size == 0:
        raise UsageError(
            f"{file} announces {folds} folds of {size} pairs and has {len(lines) - 1} pairs: "
            "copy it again"
        )
    pairs = [_lfw_pair(line, where) for where, line in lines[1:]]
    if folds == 1:
        return _dealt(pairs, file)
    found = [pairs[start : start + size] for start in range(0, len(pairs), size)]
    for number, fold in enumerate(found, 1):
        if sum(pair.is_genuine for pair in fold) != of_each_kind:
            raise UsageError(f"{file}: fold {number} has not {of_each_kind} pairs of each kind")
    return found


def _lfw_pair(line: str, where: str) -> Pair:
    match line.split():
        case [person, first, second] if _is_number(first) and _is_number(second):
            pair = Pair(_photo(person, first), _photo(person, second))
        case [person, first, other, second] if _is_number(first) and _is_number(second):
            pair = Pair(_photo(person, first), _photo(other, second))
            if person == other:
                raise UsageError(f"{where}: a pair of one person has three columns")
        case _:
            raise UsageError(f"{where}: {line[:80]!r} is no pair: copy the file again")
    return _of_two(pair, where)


def _is_number(text: str) -> bool:
    return re.fullmatch("[0-9]{1,9}", text) is not None


def _photo(person: str, number: str) -> str:
    return f"{person}/{person}_{int(number):04d}.jpg"


def _table_pair(line: str, where: str) -> Pair:
    match = _TABLE_LINE.fullmatch(line)
    if match is None:
        raise UsageError(f"{where}: {line[:80]!r} is not two paths and 0 or 1")
    pair = Pair(match[1].strip(), match[2].strip())
    if pair.is_genuine != (match[3] == "1"):
        raise UsageError(
            f"{where}: it says {match[3]}, but the folders of the photos say otherwise: every "
            "person's photos have to lie in a folder of their own"
        )
    return _of_two(pair, where)


def _of_two(pair: Pair, where: str) -> Pair:
    if pair.first == pair.second:
        raise UsageError(f"{where}: {pair.first} is compared with itself: take the line out")
    return pair


def _dealt(pairs: Sequence[Pair], file: str) -> list[list[Pair]]:
    """The pairs of each kind dealt into folds in turn, so that every fold has both kinds."""
    kinds = [[pair for pair in pairs if pair.is_genuine is kind] for kind in (True, False)]
    folds = min(DEALT_FOLDS, *map(len, kinds))
    if folds < 2:
        raise UsageError(f"{file} has to hold at least two pairs of one person and two of two")
    return [[pair for kind in kinds for pair in kind[n::folds]] for n in range(folds)]


def locate(photos: Iterable[str], images: Path) -> dict[str, Path]:
    """The file of each photo below ``images``.

    Raises :class:`UsageError`, naming the first, when some are not there.
    """
    found = {photo: images / photo for photo in photos}
    missing = [path for path in found.values() if not path.is_file()]
    if missing:
        raise UsageError(
            f"{len(missing)} of the {len(found)} photos that the pairs name are missing, the first "
            f"is {missing[0]}: pass the folder that holds the people's folders as --images"
        )
    return found


def people_in(images: Path) -> dict[str, Path]:
    """All pictures in ``images/PERSON/``, by name.

    Raises :class:`UsageError` unless there are two people, one of them with two photos.
    """
    try:
        found = {
            f"{folder.name}/{file.name}": file
            for folder in sorted(images.iterdir())
            if folder.is_dir() and not folder.name.startswith(".")
            for file in sorted(folder.iterdir())
            if is_photo(file.name) and not file.name.startswith(".")
        }
    except OSError as error:
        raise UsageError(f"cannot read the folder {images}: {error.strerror}") from error
    if not found:
        raise UsageError(f"there are no pictures in {images}/PERSON/: pass another --images")
    people = {person_of(photo) for photo in found}
    if len(people) == 1:
        raise UsageError(
            f"{images} has photos of {people.pop()} alone: strangers are needed too, each in a "
            "folder of their own"
        )
    if len(people) == len(found):
        raise UsageError(
            f"nobody in {images} has two photos, so nothing can be said about recognising a person"
        )
    return found
