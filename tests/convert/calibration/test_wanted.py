"""What a calibration says that it lacks, before it has read a photo."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.errors import UsageError
from facedoor.vision.pack import Pack
from facedoor_convert.calibration.calibrate import Subjects
from facedoor_convert.calibration.wanted import people_for, wanted
from facedoor_convert.cli.main import main
from facedoor_convert.evaluation import intervals


def subjects(*photos_each: int, cohort: int = 0) -> Subjects:
    paths = {
        f"p{person}/{photo}": Path()
        for person, count in enumerate(photos_each)
        for photo in range(count)
    }
    return Subjects(paths, {f"c{person}/1": Path() for person in range(cohort)}, "made up")


@given(st.floats(1e-9, 1))
def test_the_fewest_people_whose_comparisons_can_tell_a_rate(rate: float) -> None:
    people = people_for(rate)
    assert intervals.supports(rate, people * (people - 1) // 2)
    fewer = (people - 1) * (people - 2) // 2
    assert fewer == 0 or not intervals.supports(rate * (1 - 1e-8), fewer)


def test_it_says_what_is_lacking() -> None:
    found = wanted(subjects(*[2] * 21, *[6] * 9))
    assert str(found) == (
        "30 people with 96 photos tell rates down to 1e-2; for 1e-5, the risk that a door takes by "
        "default, take photos of 746 more people. Below that, thresholds are extrapolated. To say "
        "how often whoever is enrolled by 3 or 5 photos is refused, take 4 photos of 11 more "
        "people and 6 photos of 11 more people (the same people will do)."
    )
    assert found.as_json()["more_people_with_photos"] == {"2": 0, "4": 11, "6": 11}


def test_enough_is_enough() -> None:
    assert str(wanted(subjects(*[6] * 776))) == (
        "776 people with 4656 photos are enough: rates are measured down to 1e-5."
    )
    assert "The cohort wants 700 more people." in str(wanted(subjects(*[6] * 776, cohort=68)))


def test_too_few_are_refused_before_the_work(
    pack: Pack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match=r"24 people .* takes 25 at least: take photos of 1 more"):
        wanted(subjects(*[2] * 24))
    with pytest.raises(UsageError, match="takes 142 at least"):
        wanted(subjects(*[2] * 141), 3e-4)
    for person in "ab":
        (tmp_path / person).mkdir()
        for photo in "12":
            (tmp_path / person / f"{photo}.jpg").write_bytes(b"no picture, and nobody looks")
    asked = ["calibrate", "--images", str(tmp_path), "--pack", str(pack.directory)]
    assert main(asked) == 2
    said = capsys.readouterr().err
    assert "take photos of 23 more people" in said
    assert "and of 774 for the risk that a door takes by default" in said
    assert "reading photos" not in said
