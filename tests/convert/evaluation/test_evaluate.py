"""The command, on the photos that come inside the weights' package."""

import html as html_text
import json
import os
import re
import resource
import shutil
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import lfw
from facedoor.vision import pack as packs
from facedoor_convert.cli import main as cli

pytestmark = pytest.mark.usefixtures("undrawn")

CLONE = Path(__file__).parents[3]
FILES = {"det.png", "evaluation.json", "histogram.png", "report.html", "roc.png"}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory, photos):
    """A cache of their own, shared by the tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def evaluate(tmp_path, pack, capsys):
    """Runs the command and gives its exit code, its output and the last line of what it said."""

    def run(*arguments: object) -> tuple[int, str, str]:
        always = ["evaluate", "--pack", pack.directory, "--output", tmp_path / "out"]
        code = cli.main([str(argument) for argument in (*always, *arguments)])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert sum(line.startswith("facedoor-convert:") for line in err.splitlines()) == (code > 0)
        return code, out, err.splitlines()[-1]

    return run


@pytest.fixture
def measured(evaluate):
    """Runs the command, which has to succeed, and gives the JSON that it printed."""

    def run(*arguments: object):
        code, out, _ = evaluate(*arguments, "--json")
        assert code == 0
        return json.loads(out)

    return run


@pytest.fixture
def table(tmp_path, photos):
    """Pairs of the photos: every two of a person, and each photo with one of the next person."""
    people = [sorted(folder.glob("*.jpg")) for folder in sorted((photos / "val").iterdir())]
    genuine = [pair for own in people for pair in pairwise(own)]
    impostor = [
        pair
        for own, other in pairwise([*people, people[0]])
        for pair in zip(own, other, strict=False)
    ]
    lines = [
        ",".join([*(f"{photo.parent.name}/{photo.name}" for photo in pair), label])
        for label, pairs in (("1", genuine), ("0", impostor))
        for pair in pairs
    ]
    file = tmp_path / "pairs.csv"
    file.write_text("\n".join(lines))
    return file


def test_a_folder_is_compared_all_against_all(measured, photos, tmp_path):
    found = measured("--images", photos / "val")
    assert (found["photos"], found["people"], found["pairs"]) == (25, 5, 300)
    assert found["accuracy"] is None
    assert found["undetected"] == 0
    assert found["eer"] < 0.05
    assert found["auc"] > 0.99
    assert found["tar_at_fmr"]["1e-5"] is None  # 250 comparisons cannot tell
    assert [risk["threshold"] for risk in found["at_threshold"]] == [0.7, 0.755]
    assert {file.name for file in (tmp_path / "out").iterdir()} == FILES
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text()) == found


def test_listed_pairs_are_judged_by_folds(measured, photos, table):
    found = measured("--images", photos / "val", "--pairs", table)
    assert found["pairs"] == len(table.read_text().splitlines())
    assert found["accuracy"] > 0.9
    assert len(found["folds"]) == 10
    assert found["all_against_all"]["pairs"] == 300
    assert found["corrected_listed"]["pairs"] == found["pairs"]
    assert found["corrected_listed"]["eer"] < 0.2


def test_groups_are_told_by_their_labels(measured, photos, tmp_path):
    people = sorted(folder.name for folder in (photos / "val").iterdir())
    file = tmp_path / "groups.csv"
    file.write_text("person,group\n" + "".join(f"{person},singers\n" for person in people[:-1]))
    groups = measured("--images", photos / "val", "--groups", file)["groups"]
    assert (groups["found"], groups["people_without_label"]) == (False, 1)
    for kind in ("plain", "corrected"):
        (only,) = groups[kind]
        assert (only["group"], only["people"]) == ("singers", 4)
    html = (tmp_path / "out" / "report.html").read_text()
    assert "Groups: 1. People in none: 1." in html
    assert "tell nothing about groups" in html


def test_groups_that_are_none_are_refused(evaluate, photos, tmp_path):
    file = tmp_path / "groups.csv"
    for line, named in (
        ("nobody,a", "groups.csv, line 2: nobody in the photos is called 'nobody'"),
        ("madonna", "groups.csv, line 2: 'madonna' is not a person and a group"),
        ("madonna,a", "puts no two of the 5 people of the photos into one group"),
    ):
        file.write_text(f"person,group\n{line}\n")
        code, _, said = evaluate("--images", photos / "val", "--groups", file)
        assert (code, named in said) == (2, True), f"{line}: {said}"


def test_groups_may_name_people_whom_the_pairs_leave_out(measured, photos, tmp_path):
    pairs, file = tmp_path / "pairs.csv", tmp_path / "groups.csv"
    own = {f.name: sorted(p.name for p in f.iterdir()) for f in (photos / "val").iterdir()}
    first, second, *others = sorted(own)
    lines = [f"{first}/{own[first][0]},{first}/{own[first][n]},1" for n in (1, 2)]
    lines += [f"{first}/{own[first][0]},{second}/{own[second][n]},0" for n in (1, 2)]
    pairs.write_text("\n".join(lines))
    file.write_text("person,group\n" + "".join(f"{p},a\n" for p in (first, second, *others)))
    found = measured("--images", photos / "val", "--pairs", pairs, "--groups", file)
    assert [group["people"] for group in found["groups"]["plain"]] == [2]


def test_the_report_needs_no_other_file_and_shows_the_mistakes(evaluate, photos, tmp_path):
    code, out, _ = evaluate("--images", photos / "val")
    html = (tmp_path / "out" / "report.html").read_text()
    assert code == 0
    sentence = "Of these 5 people's 25 photos nobody was taken for another; 24 % would be refused"
    assert out.startswith(f"{sentence} at your risk of 1e-5.")
    # The first words of the page; five people are too few for tables and curves of rates.
    body = re.sub(r"<[^>]*>", " ", html.partition("<body>")[2])
    assert html_text.unescape(body).split()[:10] == sentence.split()[:10]
    assert "<table>" not in html
    assert html.count("data:image/png;base64,") == 1
    assert html.count("data:image/jpeg;base64,") >= 2 * 10
    assert not re.search(r'src="(?!data:)|<script|<link|url\(', html)


def test_names_of_files_and_packs_show_as_text(evaluate, photos, pack, tmp_path):
    people = tmp_path / "people"
    hostile = shutil.copytree(photos / "val" / "madonna", people / "<b>Eve & 'Co'")
    shutil.copytree(photos / "val" / "elton_john", people / "{{ 7 * 7 }}")
    first = sorted(hostile.iterdir())[0]
    first.rename(hostile / '"onerror=alert(1) <script>.jpg')
    link = tmp_path / "<img src=x>"
    link.symlink_to(pack.directory)
    assert evaluate("--images", people, "--pack", link)[0] == 0
    html = (tmp_path / "out" / "report.html").read_text()
    assert "<b>Eve" not in html
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "&lt;b&gt;Eve &amp; &#39;Co&#39;/&#34;onerror=alert(1) &lt;script&gt;" in html
    assert "{{ 7 * 7 }}" in html


def test_a_missed_face_is_refused(measured, photos, tmp_path):
    people = shutil.copytree(photos / "val", tmp_path / "people")
    wall = np.full((200, 200, 3), 90, np.uint8)
    cv2.imwrite(str(people / "madonna" / "wall.png"), wall)
    before, after = (measured("--images", folder) for folder in (photos / "val", people))
    assert after["undetected_photos"] == ["madonna/wall.png"]
    assert after["genuine_pairs"] == before["genuine_pairs"] + 5
    assert after["auc"] < before["auc"]


def test_two_embedders_are_compared_on_the_same_photos(measured, photos, table, pack):
    own = pack.path(pack.manifest.embedder)
    given = ("--images", photos / "val", "--pairs", table)
    found = measured(*given, "--compare", pack.directory, own)
    assert found["packs"][0]["eer"] == found["packs"][1]["eer"]
    assert found["difference"]["accuracy"] == [0, 0, 0]


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda people: shutil.rmtree(people), "cannot read the folder"),
        (lambda people: [shutil.rmtree(folder) for folder in people.iterdir()], "no pictures"),
        (
            lambda people: [shutil.rmtree(f) for f in people.iterdir() if f.name != "madonna"],
            "photos of madonna alone",
        ),
        (lambda people: (people / "madonna" / "x.jpg").write_bytes(b"GIF89a"), "x.jpg"),
        (lambda people: (people / "madonna" / "x.jpg").write_bytes(b""), "x.jpg is empty"),
    ],
)
def test_bad_folders_are_refused_in_one_sentence(evaluate, photos, tmp_path, make, named):
    people = shutil.copytree(photos / "val", tmp_path / "people")
    make(people)
    code, out, said = evaluate("--images", people, "--json")
    assert (code, out) == (2, "")
    assert named in said
    assert not (tmp_path / "out").exists()


def test_photos_without_any_face_are_refused(evaluate, tmp_path):
    for name in ("A/1", "A/2", "B/1"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        level = 40 + 10 * sum(map(ord, name))
        wall = np.full((100, 100, 3), level % 256, np.uint8)
        cv2.imwrite(str(tmp_path / f"{name}.png"), wall)
    code, _, said = evaluate("--images", tmp_path)
    assert (code, "are these photos of faces" in said) == (2, True)


def test_what_cannot_be_used_is_named(evaluate, photos, pack, tmp_path):
    pairs, val = tmp_path / "pairs.txt", photos / "val"
    pairs.write_text("2\nA 1 2\nB 1 2\nA 1 B 1\nA 2 B 1\n")
    search = pack.path(pack.manifest.search)
    for exit_code, named, *given in (
        (2, "compared with itself", photos, "--compare", pack.directory, pack.directory),
        (2, "A/A_0001.jpg", photos, "--pairs", pairs),
        (2, "there is no model", val, "--model", tmp_path / "nothing"),
        (3, "there is no pack", val, "--pack", tmp_path / "nothing"),
        (3, "is no embedder", val, "--model", search),
    ):
        code, _, said = evaluate("--images", *given)
        assert (code, named in said) == (exit_code, True), f"{named}: {said}"


def test_no_space_leaves_the_old_results_and_nothing_half_written(evaluate, photos, tmp_path):
    assert evaluate("--images", photos / "val")[0] == 0
    out = tmp_path / "out"
    (out / "roc.png").write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # the report is larger
    try:
        code, _, said = evaluate("--images", photos / "val")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code == 3
    assert f"cannot write {out}" in said
    assert {file.name for file in out.iterdir()} == FILES
    assert (out / "roc.png").read_text() == "old"


@pytest.mark.skipif(
    "FACEDOOR_LFW" not in os.environ,
    reason="FACEDOOR_LFW does not name the folder of LFW's photos and pairs.txt",
)
def test_the_pack_reaches_its_figures_on_lfw(capsys, tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    images, pairs = lfw.places()
    command = ["evaluate", "--images", images, "--pairs", pairs, "--output", tmp_path, "--json"]
    command += ["--pack", packs.load(CLONE / "build" / "pack").directory]
    assert cli.main([str(argument) for argument in command]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["accuracy"] >= 0.992
    assert found["tar_at_fmr"]["1e-3"][0] >= 0.984
    assert found["undetected"] / found["photos"] <= 0.0005
