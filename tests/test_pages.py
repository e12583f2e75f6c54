"""Links on pages and names of pages in messages lead somewhere; the site leads to every page."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from facedoor.config.template import options
from facedoor.history.sentences import in_words
from facedoor.reasons import Reason

CLONE = Path(__file__).parents[1]
DOCS = CLONE / "docs"
PAGES = [CLONE / "README.md", *sorted(DOCS.rglob("*.md"))]
SOURCES = [
    path
    for folder in ("edge/facedoor", "edge/page/src", "convert", "systemd", "benchmarks")
    for path in sorted((CLONE / folder).rglob("*.*"))
    if path.suffix in (".py", ".ts", ".tsx", ".service", ".toml")
]
LINK = re.compile(r"\]\(<?([^)>\s]+)>?\)|(?:src|href)=\"([^\"]+)\"")
NAMED = re.compile(r"docs/([\w-]+\.md)(?:#([\w-]+))?")


def words(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchor(heading: str) -> str:
    """What GitHub and the site, by the same law, make of a heading's text."""
    shown = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")


@cache
def anchors(page: Path) -> frozenset[str]:
    """The headings that a link can mean: of two alike neither."""
    found = Counter(map(anchor, re.findall(r"^#+ (.*)$", words(page), re.MULTILINE)))
    return frozenset(name for name, count in found.items() if count == 1)


def wrong(page: Path, link: str) -> str | None:
    """What is wrong with a link on a page; None if nothing is."""
    if re.match(r"(https?|mailto):", link):
        return None
    name, _, part = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.is_file():
        return "there is no such file"
    if page.is_relative_to(DOCS) and not target.is_relative_to(DOCS):
        return "the site has docs/ alone"
    if part and part not in anchors(target):
        return "there is no such heading, or there are two"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = [a or b for a, b in LINK.findall(words(page))]
    assert {link: said for link in links if (said := wrong(page, link))} == {}


def test_pages_that_messages_name_are_there() -> None:
    named = {
        (path.name, page, part)
        for path in SOURCES
        for page, part in NAMED.findall(path.read_text())
    }
    assert len(named) > 25
    lost = [
        (source, page, part)
        for source, page, part in named
        if not (DOCS / page).is_file() or (part and part not in anchors(DOCS / page))
    ]
    assert lost == []


def spans(page: Path) -> str:
    """What stands in code on a page, in sentences and in blocks."""
    text = page.read_text()
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", words(page))])


def test_make_makes_what_pages_name() -> None:
    (targets,) = re.findall(r"^\.PHONY: (.*)$", (CLONE / "Makefile").read_text(), re.MULTILINE)
    make = re.compile(r"(?<!keys )\bmake ([a-z][a-z-]*)")
    named = {name for page in PAGES for name in make.findall(spans(page))}
    assert len(named) > 15
    assert named - set(targets.split()) == set()


def is_module(name: str) -> bool:
    path = name.replace(".", "/")
    folders = ("", "edge/", "systemd/")
    files = [f"{folder}{path}{end}" for folder in folders for end in (".py", "/__main__.py")]
    return any((CLONE / file).is_file() for file in files)


def test_modules_that_pages_run_are_there() -> None:
    run = re.compile(r"python3? -m ((?:benchmarks|facedoor)[\w.]*)")
    named = {name for page in PAGES for name in run.findall(spans(page))}
    assert len(named) > 10
    assert [name for name in sorted(named) if not is_module(name)] == []


def test_options_that_pages_name_are_there() -> None:
    there = {f"[{option.section}] {option.name}" for option in options()}
    sections = "|".join({option.section for option in options()})
    named = {
        name for page in PAGES for name in re.findall(rf"\[(?:{sections})\] [a-z_]+", spans(page))
    }
    assert len(named) > 30
    assert named - there == set()


NO_REFUSALS = {Reason.RECOGNISED, Reason.COMMANDED, Reason.EXIT_REQUESTED, Reason.REVOKED_KEY}


def test_what_a_refused_visit_is_told_as_has_its_remedy() -> None:
    page = (DOCS / "refused.md").read_text()
    told = [in_words(reason) for reason in Reason if reason not in NO_REFUSALS]
    assert [said for said in told if said not in page] == []


def leaves(entries: list[Any]) -> list[str]:
    """The pages of a part of the navigation, in order."""
    return [
        page
        for entry in entries
        for below in entry.values()
        for page in ([below] if isinstance(below, str) else leaves(below))
    ]


def test_the_site_leads_to_every_page_once_and_fetches_nothing() -> None:
    project = tomllib.loads((CLONE / "zensical.toml").read_text())["project"]
    pages = sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))
    assert sorted(leaves(project["nav"])) == pages
    assert project["theme"]["font"] is False
    assert "extra_javascript" not in project


def test_readme_is_read_in_five_minutes() -> None:
    assert 700 < len((CLONE / "README.md").read_text().split()) < 1000


def test_link_that_leads_nowhere_would_be_noticed() -> None:
    page = DOCS / "index.md"
    assert wrong(page, "install.md") is wrong(page, "door.md#led-and-buzzer") is None
    for link in ("instal.md", "door.md#led-and-buzer", "../README.md", "#nowhere"):
        assert wrong(page, link), link
    assert anchor("Keys of `--json`") == "keys-of---json"
