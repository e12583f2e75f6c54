"""The pairs file of LFW, and where its photos lie.

A first line with the number of folds and of pairs of each kind in a fold; then, fold by fold, a
line for each pair: ``Person 1 4`` (photos 1 and 4 of one person) or ``Person 1 Other 3``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facedoor.errors import UsageError


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos by name, and whether they show one person."""

    first: str
    second: str
    is_genuine: bool

    @property
    def photos(self) -> tuple[str, str]:
        return self.first, self.second


def read_pairs(file: Path) -> list[list[Pair]]:
    """The pairs of each fold. Raises :class:`UsageError` when the file is not as it should be."""
    try:
        header, *lines = file.read_text(encoding="utf-8").splitlines()
        folds, of_each_kind = map(int, header.split())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{file} cannot be used as LFW's pairs file ({error}): take the set's own pairs.txt"
        ) from error
    size = 2 * of_each_kind
    if len(lines) != folds * size:
        raise UsageError(
            f"{file} announces {folds} folds of {size} pairs and has {len(lines)}: copy it again"
        )
    pairs = [_pair(line, f"{file}, line {number}") for number, line in enumerate(lines, 2)]
    return [pairs[start : start + size] for start in range(0, len(pairs), size)]


def _pair(line: str, where: str) -> Pair:
    match line.split():
        case [person, first, second] if first.isdecimal() and second.isdecimal():
            return Pair(_photo(person, first), _photo(person, second), is_genuine=True)
        case [person, first, other, second] if first.isdecimal() and second.isdecimal():
            return Pair(_photo(person, first), _photo(other, second), is_genuine=False)
    raise UsageError(f"{where}: {line!r} is no pair: copy the file again")


def _photo(person: str, number: str) -> str:
    return f"{person}/{person}_{int(number):04d}.jpg"


def person_of(photo: str) -> str:
    """Whose photo it is, by its name."""
    return photo.partition("/")[0]


def locate(photos: list[str], directory: Path) -> dict[str, Path]:
    """The file of each photo below ``directory`` or its folder ``lfw``.

    Raises :class:`UsageError`, naming the photo, when one is not there.
    """
    root = directory / "lfw" if (directory / "lfw").is_dir() else directory
    found = {photo: root / photo for photo in photos}
    for path in found.values():
        if not path.is_file():
            raise UsageError(
                f"there is no photo {path}: unpack LFW there, or set FACEDOOR_LFW to its folder"
            )
    return found
