"""From what a configuration says to :class:`Config`, and to all that is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facedoor import strict
from facedoor.config.combinations import impossible
from facedoor.config.likeness import homes_of, keys_of, sections_meant, which_key
from facedoor.config.mistakes import Mistake
from facedoor.config.options import Config, known, sections
from facedoor.config.statements import Statements
from facedoor.languages import _
from facedoor.strict import CONTROL_CHARACTER, StrictError, closest, nearest, short, shown

_PATHS = {
    *("directory", "pack", "second", "password_file", "ca_file", "cert_file", "key_file"),
    *("certificate", "private_key", "proxy_secret_file"),
}


@dataclass(slots=True)
class _Judgement:
    said: Statements
    folder: Path
    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    wrong: set[tuple[str, str]] = field(default_factory=set)
    """What nothing can be said of in combination with others."""
    mistakes: list[Mistake] = field(default_factory=list)


def judge(
    said: Statements, folder: Path, without: Collection[str] = ()
) -> tuple[Config, list[Mistake]]:
    """The settings that stand in a file of ``folder``, and everything that is wrong with them.

    What is wrong has its default there. The sections ``without`` are read over.
    """
    made = _Judgement(said, folder)
    made.wrong = {place for place in known() if place[0] in without or place in said.unread}
    for name, table in said.tables.items():
        if name not in without:
            made.mistakes += _section(made, name, table)
    settings = Config(
        **{
            section: kind(
                **{key: value for (of, key), value in made.values.items() if of == section}
            )
            for section, kind in sections().items()
        }
    )
    for found in impossible(settings):
        if not made.wrong.intersection(found.options):
            lines = tuple(said.lines[place] for place in found.options if place in said.lines)
            concerned = frozenset(section for section, _ in found.options)
            made.mistakes.append(Mistake(lines, found.sentence, concerned))
    return settings, [*said.mistakes, *made.mistakes]


def _section(made: _Judgement, name: str, table: Any) -> Iterator[Mistake]:
    lines = made.said.lines_of(name)
    if name in sections():
        if isinstance(table, dict):
            yield from _options(made, name, name, table)
        else:
            problem = _("{name} is a section: write [{name}] on a line of its own").format(
                name=name
            )
            yield Mistake(lines, problem, sections_meant(name, "", table))
        return
    if isinstance(table, dict):
        meant = closest(name, sections())
        yield Mistake(
            lines,
            _("there is no section [{name}]{nearest}").format(
                name=short(name), nearest=nearest(name, sections())
            ),
        )
        if meant:
            yield from _options(made, name, meant, table)
        return
    if homes := homes_of(name):
        above = _("it is a key of {homes}, so write that line above it").format(homes=homes)
    else:
        above = _("write the line of its section above it, such as [door]")
    yield Mistake(
        lines, _("{key} stands below no section: {above}").format(key=short(name), above=above)
    )


def _options(
    made: _Judgement, name: str, section: str, table: Mapping[str, Any]
) -> Iterator[Mistake]:
    """What is wrong below the header ``name``, which may only mean ``section``."""
    for key, value in table.items():
        lines = made.said.lines_of(name, key)
        meant = sections_meant(section, key, value) if name == section else frozenset()
        if (section, key) not in known():
            made.wrong.add((section, closest(key, keys_of(section)) or ""))
            problem = _("does not exist{which_key}").format(which_key=which_key(section, key))
            yield Mistake(lines, f"[{section}] {short(key)} {problem}", meant)
            continue
        try:
            made.values[section, key] = _value(section, key, value, made.folder)
        except StrictError as error:
            made.wrong.add((section, key))
            named = ".".join(map(short, error.keys or (key,)))
            problem = error.problem
            if problem == _(CONTROL_CHARACTER):
                problem += _(', or write / for each \\, which begins an escape between " and "')
            yield Mistake(lines, f"[{section}] {named} {problem}", meant)


def _value(section: str, key: str, value: Any, folder: Path) -> Any:
    """What an option is set to. Raises :class:`StrictError`."""
    made = getattr(strict.read(sections()[section], {key: value}), key)
    form = known()[section, key].metadata["form"]
    if form is not None and (made or (section, key) == ("door", "name")):
        form(made)
    return _anchored(key, made, folder)


def _anchored(key: str, value: Any, folder: Path) -> Any:
    """``value`` with a relative path in it made relative to ``folder``, if it is a path at all."""
    prefix, path = "", value
    if key == "source":
        kind, colon, path = value.partition(":")
        if kind not in {"file", "folder", "sim"} or not path:
            return value
        prefix = kind + colon
    elif key not in _PATHS or not value:
        return value
    try:
        return prefix + str(folder / Path(path).expanduser())
    except RuntimeError as error:
        raise StrictError(
            _("is {shown}, and there is no such home: write it out").format(shown=shown(path))
        ) from error
