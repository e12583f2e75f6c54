"""From decoded TOML or JSON to frozen dataclasses, strictly, and back.

What a field can be follows from its type: ``str``, ``bool``, ``int``, ``float`` (a whole number
will do), a ``Literal``, a ``StrEnum``, another dataclass, ``X | None``, ``tuple[X, ...]``,
``tuple[X, Y]``, a ``dict`` or ``Mapping`` from names to one of these, and ``Any`` for what is not
looked at. :func:`more` says what a type cannot. A field without a default has to be there.

Whatever is not exactly so is a :class:`StrictError` that names the key and the nearest right one.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import functools
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from facedoor.languages import N_, _

Kind = TypeVar("Kind")

Prose: TypeAlias = Annotated[str, "of any characters"]
"""The type of a text that may have several lines; in a ``str`` no control character may stand."""

KIND_NAMES: dict[Any, str] = {
    str: N_("text in quotes"),
    Prose: N_("text in quotes"),
    int: N_("a whole number"),
    float: N_("a number"),
    bool: N_("true or false"),
}
"""How an error and the reference name a type."""

CONTROL_CHARACTER = N_("has a control character in it: leave that out")

_QUOTED_CHARACTERS = 60
"""How much of a wrong value an error message quotes."""


class StrictError(ValueError):
    """What is wrong: ``keys`` lead to the place, ``problem`` is the sentence from there on."""

    def __init__(self, problem: str, keys: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(map(short, keys)) or 'it'} {problem}")
        self.keys = keys
        self.problem = problem

    def below(self, *keys: str) -> StrictError:
        """The same, seen from a table that is so much further out."""
        return StrictError(self.problem, (*keys, *self.keys))


def more(
    key: str | None = None,
    allowed: tuple[float | None, float | None] = (None, None),
    said: tuple[Any, Callable[[Any], Any]] | None = None,
    told: Callable[[Any], Any] | None = None,
    is_optional: bool = False,
    is_rest: bool = False,
) -> dict[str, Any]:
    """The metadata of a field, where its type does not say everything.

    ``key`` is its name in TOML and JSON. ``allowed`` bounds a number, the characters of a text, or
    how many values there are. ``said`` is the type that stands in the table, and what makes the
    field's value of it; it may raise ``ValueError``. ``told`` is the way back. Where
    ``is_optional``, the default is not told. One field, ``is_rest``, can take the keys that are no
    field's: a mapping of them, in which they stand as they were said.
    """
    found: dict[str, Any] = {"key": key, "range": allowed, "said": said, "told": told}
    found |= {"optional": is_optional, "rest": is_rest}
    return {name: value for name, value in found.items() if value}


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    name: str
    hint: Any
    default: Any
    more: Mapping[str, Any]


@functools.cache
def _fields(kind: Any) -> dict[str, _Field]:
    """By the key in TOML and JSON."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {
        item.metadata.get("key", item.name): _Field(
            item.name,
            hints[item.name],
            item.default if item.default_factory is dataclasses.MISSING else item.default_factory(),
            item.metadata,
        )
        for item in dataclasses.fields(kind)
    }


def read(kind: type[Kind], table: object, *, ignore_unknown: bool = False, **known: Any) -> Kind:
    """Make the dataclass ``kind`` of a ``table`` and of the fields that are ``known`` already.

    ``ignore_unknown`` is for what may come from a newer version. Raises :class:`StrictError`.
    """
    if not isinstance(table, Mapping):
        raise StrictError(
            _("is {shown}; it has to be a table of keys and values").format(shown=shown(table))
        )
    fields: dict[str, _Field] = {}
    rest: dict[str, Any] | None = None
    values: dict[str, Any] = {}
    for key, item in _fields(typing.cast("Any", kind)).items():
        if item.more.get("rest"):
            values[item.name] = rest = {}
        elif item.name not in known:
            fields[key] = item
    for key, value in table.items():
        if key in fields:
            try:
                values[fields[key].name] = _made(fields[key], value, ignore_unknown)
            except ValueError as error:
                raise _at((key,), error) from error
        elif rest is not None:
            rest[key] = value
        elif not ignore_unknown:
            raise StrictError(
                _("does not exist{nearest}").format(nearest=nearest(key, fields)), (key,)
            )
    for key, item in fields.items():
        if item.default is dataclasses.MISSING and item.name not in values:
            raise StrictError(_("is missing"), (key,))
    try:
        return kind(**values, **known)
    except ValueError as error:
        raise _at((), error) from error


def as_json(value: Any) -> Any:
    """``value``, a dataclass or what stands in one, as :func:`read` takes it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        said: dict[str, Any] = {}
        for key, item in _fields(type(value)).items():
            field = getattr(value, item.name)
            if item.more.get("rest"):
                said |= field
                continue
            if item.more.get("optional") and field == item.default:
                continue
            told = item.more.get("told")
            said[key] = as_json(field if field is None or told is None else told(field))
        return said
    if isinstance(value, enum.StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {name: as_json(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(part) for part in value]
    return value


@contextmanager
def below(*keys: str) -> Iterator[None]:
    """Errors that are raised in here belong to the value of ``keys``."""
    try:
        yield
    except ValueError as error:
        raise _at(keys, error) from error


def _at(keys: tuple[str, ...], error: ValueError) -> StrictError:
    """What ``error`` says of the value of ``keys``."""
    if isinstance(error, StrictError):
        return error.below(*keys)
    return StrictError(_("is wrong: {error}").format(error=error), keys)


def _made(item: _Field, value: Any, ignore_unknown: bool) -> Any:
    hint, convert = item.more.get("said", (item.hint, None))
    if value is None and type(None) in typing.get_args(item.hint):
        return None
    low, high = item.more.get("range", (None, None))
    if type(value) in (int, float):
        _require_in_range(value, low, high)  # first of all, since it may be nan
    made = _value(hint, value, ignore_unknown)
    _require_in_range(made, low, high)
    return made if convert is None else convert(made)


def _value(hint: Any, value: Any, ignore_unknown: bool) -> Any:
    """``value`` as one of the type ``hint``."""
    if hint is Any:
        return value
    if hint in KIND_NAMES:
        return _plain(hint, value, ignore_unknown)
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in parts:
            return None
        (hint,) = (part for part in parts if part is not type(None))
        return _value(hint, value, ignore_unknown)
    if dataclasses.is_dataclass(hint):
        return read(typing.cast("type", hint), value, ignore_unknown=ignore_unknown)
    if origin is Literal:
        return _one_of(parts, value)
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        return hint(_one_of([member.value for member in hint], value))
    if origin is tuple:
        return _row(parts, value, ignore_unknown)
    if origin in (dict, Mapping):
        if not isinstance(value, dict):
            raise StrictError(
                _("is {shown}; it has to be a table of keys and values").format(shown=shown(value))
            )
        made = {}
        for name, part in value.items():
            with below(name):
                made[name] = _value(parts[1], part, ignore_unknown)
        return made
    raise TypeError(f"{hint!r} is no type that can be read")


def _plain(hint: Any, value: Any, ignore_unknown: bool) -> Any:
    # Written so that nan and infinity, which TOML and Python's JSON allow, are no numbers, and
    # compared before it is converted: a whole number may be too large for a float.
    if hint is float and type(value) in (int, float) and abs(value) <= sys.float_info.max:
        return float(value)
    kind = str if hint == Prose else hint
    if kind is float or type(value) is not kind:
        raise StrictError(
            _("is {shown}; it has to be {kind}{unit_hint}").format(
                shown=shown(value), kind=_(KIND_NAMES[hint]), unit_hint=_unit_hint(value)
            )
        )
    if hint is str and not ignore_unknown and re.search(r"[\x00-\x1f\x7f]", value):
        raise StrictError(_(CONTROL_CHARACTER))
    return value


def _row(parts: tuple[Any, ...], value: Any, ignore_unknown: bool) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise StrictError(_("is {shown}; it has to be a list, in [ ]").format(shown=shown(value)))
    if parts[-1] is Ellipsis:
        parts = (parts[0],) * len(value)
    elif len(value) != len(parts):
        raise StrictError(
            _("is {shown}; it has to be a list of {count}").format(
                shown=shown(value), count=len(parts)
            )
        )
    made = []
    for number, (hint, part) in enumerate(zip(parts, value, strict=True), 1):
        with below(str(number)):
            made.append(_value(hint, part, ignore_unknown))
    return tuple(made)


def _one_of(choices: Iterable[Any], value: Any) -> Any:
    choices = list(choices)
    if any(type(value) is type(choice) and value == choice for choice in choices):
        return value
    names = [choice for choice in choices if isinstance(choice, str)]
    if isinstance(value, str) and closest(value, names) is not None:
        hint = nearest(value, names)
    else:
        hint = _("; it can be {choices}").format(choices=_(" or ").join(map(repr, choices)))
    raise StrictError(_("is {shown}{hint}").format(shown=shown(value), hint=hint))


def _require_in_range(value: Any, low: float | None, high: float | None) -> None:
    if low is None or high is None or value is None:
        return
    if isinstance(value, int | float):
        if not low <= value <= high:
            raise StrictError(
                _("is {shown}; it has to be between {low:g} and {high:g}").format(
                    shown=shown(value), low=low, high=high
                )
            )
    elif not low <= len(value) <= high:
        said = _("has {count} entries; it has to have {low:g} to {high:g}")
        if isinstance(value, str):
            said = _("has {count} characters; it has to have {low:g} to {high:g}")
        raise StrictError(said.format(count=len(value), low=low, high=high))


def _unit_hint(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"\s*[\d.]+\s*[a-zA-Z]+\s*", value):
        return _(", without a unit: the unit stands in the key's name")
    return ""


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about a ``name`` that does not exist: which one may be meant."""
    known = list(known)
    close = closest(name, known)
    if close is None:
        return _("; there are {known}").format(known=", ".join(known))
    return _("; did you mean {close}?").format(close=close)


def closest(name: str, known: Iterable[str], alike: float = 0.5) -> str | None:
    """The known name that is most ``alike``, from 0 to 1; ``None`` if none is."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=alike)
    return close[0] if close else None


def shown(value: Any) -> str:
    """``value`` as an error message can quote it: on one line, and not too long."""
    try:
        return short(repr(value))
    except (ValueError, RecursionError):
        return _("something very long")


def short(text: str) -> str:
    """``text`` as an error message can quote it."""
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}..."


def printable_text(text: str) -> str:
    """``text``, for :func:`more` to make a field of. Raises :class:`StrictError` where a character
    of it cannot be seen."""
    if not text.isprintable():
        raise StrictError(_("has to be printable text"))
    return text
