"""The page has words for every code of the door, in both of its languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import pytest

from facedoor.history.findings import PARTS_OF_DAY
from facedoor.reasons import Reason
from facedoor.wire.mode import DoorName, Mode
from facedoor.wire.outcomes import Refusal
from facedoor.wire.requests import COMMANDS, ROLES
from facedoor.wire.roles import GIVEN_ROLES, Role
from page_kit import CLONE, exported, node


@pytest.fixture(scope="module", params=["en", "de"])
def words(request: pytest.FixtureRequest) -> dict[str, str]:
    return dict(exported(f"src/words/{request.param}.ts", f"m.{request.param}"))


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("reason", Reason),
        ("advice", Reason),
        ("refusal", Refusal),
        ("state", DoorName),
        ("mode", Mode),
        ("role", Role),
        ("when", PARTS_OF_DAY),
    ],
)
def test_every_code_has_words(words: dict[str, str], kind: str, codes: Iterable[str]) -> None:
    assert {f"{kind}.{code}" for code in codes} - words.keys() == set()


def test_every_command_has_words(words: dict[str, str]) -> None:
    assert {f"cmd.{cmd}" for cmd in COMMANDS} - words.keys() == set()


def test_every_problem_has_a_title(words: dict[str, str]) -> None:
    page = (CLONE / "docs" / "check.md").read_text()
    codes = re.findall(r"^\| `(\w+)` \| (?:error|warning|both) \|", page, re.MULTILINE)
    assert len(codes) > 30
    assert {f"problem.{code}" for code in codes} - words.keys() == set()


def test_refused_residents_are_told_with_the_door_s_figures_in_each_language() -> None:
    figures = {"enrolled": 40, "refused": 0.57, "risk": 1e-5, "photos": 5, "with_photos": 0.26}
    figures |= {"larger_risk": 1e-4, "with_setting": 0.24, "with_both": 0.07}
    told = {"code": "residents_refused", "sentence": "as the door says it", "figures": figures}
    imports = "import * as m from './src/words/problems.ts';"
    imports += "import * as w from './src/words/words.ts'"
    say = f"const told = {json.dumps(told)}; console.log(JSON.stringify(['en', 'de'].map((l) => "
    say += "(w.language.set(l), m.problemWords(told)))))"
    english, german = json.loads(node("--input-type=module", "--eval", f"{imports}; {say}"))
    assert "With 40 people enrolled about 57%" in english["words"]
    assert "Bei 40 angelernten Personen werden etwa 57" in german["words"]
    for words, numbers in (
        (english["words"], ("one stranger in 100,000 visits", "26%", "10,000", "24%", "7%")),
        (german["words"], ("einem Fremden auf 100.000 Besuche", "26", "10.000", "24", "7")),
    ):
        assert all(number in words for number in numbers)


def test_every_event_of_the_door_has_words(words: dict[str, str]) -> None:
    source = (CLONE / "edge" / "facedoor" / "wire").glob("*events.py")
    events = {name for path in source for name in re.findall(r'"event": "(\w+)"', path.read_text())}
    assert len(events) > 10
    assert {f"event.{name}" for name in events} - words.keys() == set()


def test_the_page_offers_each_role_what_the_door_lets_it_do() -> None:
    offered = exported(
        "src/device/roles.ts",
        "Object.fromEntries(Object.entries(m.COMMANDS).map(([role, set]) => [role, [...set]]))",
    )
    for role in GIVEN_ROLES:
        assert ROLES[role] <= set(offered[role])
        assert set(offered[role]) & COMMANDS <= ROLES[role]


def test_guidance_at_the_door_has_words_for_each_reason_that_an_enrolment_may_have() -> None:
    told = exported("src/people/alike.ts", "m.GUIDANCE")

    # What a reader finds in a picture stands before what is decided about a visit.
    of_pictures = list(Reason)[
        list(Reason).index(Reason.NO_FACE) : list(Reason).index(Reason.UNKNOWN)
    ]
    assert set(told.values()) == {reason.value for reason in of_pictures}
    assert all(Reason(code).guidance == sentence for sentence, code in told.items())


def test_page_says_every_word_that_it_has(words: dict[str, str]) -> None:
    sources = (CLONE / "edge" / "page" / "src").rglob("*.ts*")
    code = "\n".join(
        path.read_text() for path in sources if not path.name.endswith((".en.ts", ".de.ts"))
    )
    said = set(re.findall(r'"([\w.]+)"', code))
    kinds = re.findall(r'^  \| "(\w+)"', code, re.MULTILINE)
    begun = (*(f"{kind}." for kind in kinds), *re.findall(r"`([\w.]+\.)\$\{", code))
    counted = {word.removesuffix(".one").removesuffix(".many"): word for word in words}
    assert {
        word
        for base, word in counted.items()
        if not ({base, word} & said or word.startswith(begun))
    } == set()
