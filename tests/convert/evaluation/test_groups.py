"""Files of groups, and rates by group on made-up people; test_evaluate.py tries genuine ones."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrations import calibration, made_up
from facedoor.errors import UsageError
from facedoor.frames import Vector
from facedoor.vision import pack as packs
from facedoor_convert.calibration import cohort as cohorts
from facedoor_convert.cli import evaluate as command
from facedoor_convert.evaluation import evaluate, results
from facedoor_convert.evaluation.comparisons import all_against_all
from facedoor_convert.evaluation.embeddings import EmbeddedPhoto
from facedoor_convert.evaluation.evaluate import Evaluation, PhotoSet
from facedoor_convert.evaluation.groups import (
    FOUND_CAVEAT,
    fmr_by_group,
    neighbourhoods,
    parse_groups,
    read_groups,
    worst,
)
from facedoor_convert.evaluation.intervals import rule_of_three
from facedoor_convert.evaluation.pairs import person_of

pytestmark = pytest.mark.usefixtures("undrawn")


def town(spread: dict[str, float]) -> dict[str, Vector | None]:
    """Groups of 20 people around directions that are far apart; two photos of each person."""
    draw = np.random.default_rng(1)
    photos: dict[str, Vector | None] = {}
    for axis, (group, width) in enumerate(spread.items()):
        for person in range(20):
            own = np.eye(16)[axis] + draw.normal(0, width, 16)
            for photo in range(2):
                vector = own + draw.normal(0, 0.01, 16)
                photos[f"{group}{person}/{photo}"] = np.float32(vector / np.linalg.norm(vector))
    return photos


TOWN = town({"close": 0.02, "wide": 0.12})
LABELS = {photo.partition("/")[0]: photo.rstrip("0123456789/") for photo in TOWN}
COMPARED = all_against_all(TOWN)


def test_the_group_whose_people_look_alike_comes_first() -> None:
    first, second = fmr_by_group(COMPARED, LABELS, {1e-3: 0.3})
    assert (first.name, first.people, first.comparisons) == ("close", 20, 190 * 4)
    assert first.fmr[1e-3].value == 1
    assert second.fmr[1e-3].value < 0.2


def test_the_order_is_that_of_the_strictest_threshold() -> None:
    found = fmr_by_group(COMPARED, LABELS, {1e-2: 2.0, 1e-4: 0.3})
    assert [group.name for group in found] == ["close", "wide"]
    assert [group.fmr[1e-2].value for group in found] == [1, 1]
    assert worst(found, 1e-4) is found[0]


def test_fewer_people_leave_more_in_doubt() -> None:
    few = {person: group for person, group in LABELS.items() if person[-1] in "123"}
    widths = []
    for labels in (few, LABELS):
        found = {group.name: group for group in fmr_by_group(COMPARED, labels, {1e-3: 0.6})}
        fmr = found["wide"].fmr[1e-3]
        assert fmr.low < fmr.value < fmr.high
        widths.append(fmr.high - fmr.low)
    assert widths[0] > widths[1]


def test_where_no_error_was_seen_the_rule_of_three_bounds_it() -> None:
    for group in fmr_by_group(COMPARED, LABELS, {1e-3: 1e-4}):
        assert group.fmr[1e-3].value == 0
        assert group.fmr[1e-3].high == rule_of_three(group.comparisons)


def test_people_without_a_label_are_left_out() -> None:
    some = {"close1": "a", "close2": "a", "wide1": "alone"}
    (only,) = fmr_by_group(COMPARED, some, {1e-3: 0.3})
    assert (only.name, only.people, only.comparisons) == ("a", 2, 4)


def test_neighbourhoods_are_found_where_people_stand_together() -> None:
    found = neighbourhoods(TOWN, 2)
    assert len({found[person] for person in found if person.startswith("close")}) == 1
    assert found["close1"] != found["wide1"]
    assert found == neighbourhoods(TOWN, 2)


def test_a_person_without_an_embedding_lives_nowhere() -> None:
    assert "ghost" not in neighbourhoods({**TOWN, "ghost/1": None}, 2)


def test_there_are_no_more_neighbourhoods_than_people_to_tell_apart() -> None:
    same = {f"{person}/1": np.array([1, 0], np.float32) for person in range(5)}
    assert set(neighbourhoods(same, 3).values()) == {"0"}


@pytest.fixture(scope="module")
def corrected(pack: packs.Pack) -> packs.Pack:
    """A pack whose cohort is made up too."""
    cohort = cohorts.gather(made_up(300, seed=2, name="c"), made_up(100, seed=3))
    measured = dataclasses.replace(calibration(), cohort=cohort)
    return packs.Pack(
        pack.directory, dataclasses.replace(pack.manifest, calibration=measured, threshold=0.9)
    )


def evaluated(models: packs.Pack, people: int, labels: dict[str, str] | None) -> Evaluation:
    photos = {name: EmbeddedPhoto(vector, None) for name, vector in made_up(people).items()}
    photos["ghost/1.jpg"] = EmbeddedPhoto(None, None)
    return evaluate.measure("made up", models, PhotoSet({}, (), labels), photos)


def report_on(evaluation: Evaluation, folder: Path) -> str:
    face = folder / "face.png"
    cv2.imwrite(str(face), np.full((20, 20, 3), 90, np.uint8))
    results.write([evaluation], None, dict.fromkeys(evaluation.photos, face), folder)
    return (folder / "report.html").read_text(encoding="utf-8")


def test_without_labels_groups_are_found_and_the_report_says_what_that_means(
    corrected: packs.Pack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = evaluated(corrected, 220, None)
    groups = json.loads(json.dumps(found.as_json()))["groups"]
    assert (groups["found"], groups["people_without_label"]) == (True, 1)  # the ghost
    assert len(groups["plain"]) == len(groups["corrected"]) == 2
    for group in groups["plain"] + groups["corrected"]:
        assert set(group["fmr"]) == {"1e-3", "1e-4"}  # 1e-5 would take 300,000 comparisons
        assert len(group["fmr"]["1e-3"]) == 3
    html = report_on(found, tmp_path)
    assert FOUND_CAVEAT in html
    assert html.count("false match rates by group") == 1
    assert html.count("FMR within each group") == 2
    command._describe(found)
    said = capsys.readouterr().out
    assert said.startswith("Of these 221 people's ")
    assert "groups: 2, found" in said
    assert "people in none: 1" in said


def test_labels_are_shown_as_they_are(corrected: packs.Pack, tmp_path: Path) -> None:
    people = sorted({person_of(photo) for photo in made_up(100)})
    labels = {person: ("<a>", "$b$", r"$\c")[place % 3] for place, person in enumerate(people)}
    html = report_on(evaluated(corrected, 100, labels), tmp_path)
    assert FOUND_CAVEAT not in html
    assert "&lt;a&gt;" in html
    assert "<a>" not in html
    assert "$b$" in html


def test_too_few_strangers_tell_nothing_about_groups(pack: packs.Pack, tmp_path: Path) -> None:
    plain = packs.Pack(pack.directory, dataclasses.replace(pack.manifest, calibration=None))
    found = evaluated(plain, 20, dict.fromkeys(("p0001", "p0002"), "a"))
    assert found.groups is not None
    assert found.groups.unlabelled == 19
    assert found.groups.corrected is None
    assert found.groups.plain[0].fmr == {}
    html = report_on(found, tmp_path)
    assert "tell nothing about groups" in html
    assert html.count("<table>") == 2  # 20 people: of all of them something is told


def test_few_people_are_no_neighbourhoods(corrected: packs.Pack) -> None:
    assert evaluated(corrected, 100, None).groups is None


PEOPLE = {"Ada", "Bo", "Zoë, the second"}


def parsed(text: str) -> dict[str, str]:
    return parse_groups(text, "groups.csv", PEOPLE)


def test_each_person_has_the_group_of_their_line() -> None:
    text = 'person,group\r\nAda, north \r\n\r\n"Zoë, the second",süd\r\n'
    assert parsed(text) == {"Ada": "north", "Zoë, the second": "süd"}


def test_a_table_as_a_spreadsheet_saves_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    file.write_bytes("person,group\nZoë,a\n".encode("utf-8-sig"))
    assert read_groups(file, {"Zoë"}) == {"Zoë": "a"}


def test_what_is_no_table_of_groups_is_refused_by_its_line() -> None:
    for text, named in (
        ("", "line 1: a file of groups begins with the line person,group"),
        ("Ada,north\n", "line 1: a file of groups begins"),
        ("person,group\nAda\n", "line 2: 'Ada' is not a person and a group"),
        ("person,group\nAda,north,1\n", "line 2: .* is not a person and a group"),
        ("person,group\nAda,north\nBo, \n", "line 3: 'Bo,' is not a person and a group"),
        ("person,group\nAda,\x1b[2J\n", "line 2: .* is not a person and a group"),
        ("person,group\n\nEve,north\n", "line 3: nobody in the photos is called 'Eve'"),
        ("person,group\nAda,a\nBo,a\nAda,b\n", "line 4: Ada has a group already"),
        ('person,group\n"Ada,a\n', "groups.csv, line 2: this is no CSV"),
    ):
        with pytest.raises(UsageError, match=named):
            parsed(text)


@given(st.text() | st.text().map("person,group\n{}".format))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert set(parsed(text)) <= PEOPLE


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    with pytest.raises(UsageError, match="cannot read the groups file"):
        read_groups(file, PEOPLE)
    file.write_bytes(b"person,group\nAda,\xff\n")
    with pytest.raises(UsageError, match=r"is no groups file .* in line 2.*: it has to be UTF-8"):
        read_groups(file, PEOPLE)
