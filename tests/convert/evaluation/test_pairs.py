import numpy as np
import pytest

from facedoor.errors import UsageError
from facedoor_convert.evaluation.pairs import (
    Pair,
    locate,
    parse_pairs,
    people_in,
    person_of,
    read_pairs,
)
from workbench import empty_files

TWO_FOLDS = "2\t1\nAda\t1\t4\nAda\t2\tBo\t1\nBo\t1\t2\nBo\t3\tAda\t1\n"
TABLE = "Ada/a.png,Ada/b.png,1\nAda/a.png\tBo/c.jpg\t0\nBo/c.jpg,Bo/d.jpg,1\nBo/d.jpg,Ada/a.png,0\n"


@pytest.fixture
def pairs(tmp_path):

    def read(text: str) -> list[list[Pair]]:
        file = tmp_path / "pairs.txt"
        file.write_bytes(text.encode(errors="surrogateescape"))
        return read_pairs(file)

    return read


def test_pairs_of_each_fold_are_read(pairs):
    first, second = pairs(TWO_FOLDS)
    assert first[0] == Pair("Ada/Ada_0001.jpg", "Ada/Ada_0004.jpg")
    assert first[0].is_genuine
    assert second[1] == Pair("Bo/Bo_0003.jpg", "Ada/Ada_0001.jpg")
    assert not second[1].is_genuine


def test_a_file_without_folds_is_dealt_into_some(pairs):
    folds = pairs("2\nAda 1 4\nBo 1 2\nAda 2 Bo 1\nBo 3 Ada 1\n")
    assert [len(fold) for fold in folds] == [2, 2]
    assert all({pair.is_genuine for pair in fold} == {True, False} for fold in folds)


def test_a_table_of_paths_is_read(pairs):
    folds = pairs(TABLE)
    assert folds[0] == [Pair("Ada/a.png", "Ada/b.png"), Pair("Ada/a.png", "Bo/c.jpg")]


def test_a_damaged_pairs_file_is_refused_by_line(pairs):
    for text, named in (
        ("", "first line"),
        ("hello\n", "first line"),
        ("1\t1\nAda\t1\t4\n", "announces 1 folds of 2 pairs and has 1"),
        ("0\t0\n", "announces"),
        ("9999999999\t1\n", "first line"),
        ("2 1\nAda 1 4\nAda x 3\nBo 1 2\nBo 1 Ada 2\n", "line 3: 'Ada x 3' is no pair"),
        ("2 1\nAda 1 4\nAda 1 Ada 3\nBo 1 2\nBo 1 Ada 2\n", "line 3: a pair of one person"),
        ("2 1\nAda 4 4\nAda 1 Bo 3\nBo 1 2\nBo 1 Ada 2\n", "line 2: .* compared with itself"),
        ("2 1\nAda 1 4\nBo 1 3\nAda 1 Bo 2\nBo 1 Ada 2\n", "fold 1 has not 1 pairs of each kind"),
        (TABLE.replace("c.jpg\t0", "c.jpg\t1"), "line 2: it says 1, but the folders"),
        (TABLE.replace(",1\n", "\n", 2), "first line"),
        ("A/1,A/2,1\nA/1,B/1,0\n", "at least two pairs"),
        ("A/1,A/2,1\nA/1;B/1;0\n", "line 2: .* is not two paths"),
        ("\udcff\udcfe", "UTF-8"),
    ):
        with pytest.raises(UsageError, match=rf"pairs\.txt.*{named}"):
            pairs(text)


def test_pairs_that_are_not_there_are_refused_by_name(tmp_path):
    with pytest.raises(UsageError, match=r"nowhere\.txt"):
        read_pairs(tmp_path / "nowhere.txt")
    with pytest.raises(UsageError, match="cannot read"):
        read_pairs(tmp_path)


def test_no_text_makes_the_reader_stumble():
    """Damaged files of both forms give pairs or a sentence, nothing else: 20,000 of them."""
    draw = np.random.default_rng(1)
    pieces = ["\t", ",", "\n", "1", "0", "99999999999", "Ada", "Bo", "/", " ", "\ufeff", "\0", "²"]
    for _ in range(20_000):
        text = (TWO_FOLDS, TABLE)[draw.integers(2)]
        for _ in range(draw.integers(1, 5)):
            start = draw.integers(len(text) + 1)
            end = start + draw.integers(7)
            text = text[:start] + pieces[draw.integers(len(pieces))] + text[end:]
        try:
            folds = parse_pairs(text, "pairs.txt")
        except UsageError:
            continue
        assert len(folds) >= 2
        assert all({pair.is_genuine for pair in fold} == {True, False} for fold in folds)


def test_a_photo_that_is_not_there_is_named(tmp_path):
    empty_files(tmp_path, "Ada/1.jpg")
    assert locate(["Ada/1.jpg"], tmp_path)["Ada/1.jpg"].exists()
    with pytest.raises(UsageError, match=r"1 of the 2 photos .* missing.* \S+Bo/2\.jpg"):
        locate(["Ada/1.jpg", "Bo/2.jpg"], tmp_path)


def test_a_folder_gives_the_pictures_of_its_people(tmp_path):
    empty_files(
        tmp_path, "Ada/1.jpg", "Ada/2.PNG", "Ada/notes.txt", "Bo/1.jpg", ".git/1.jpg", "me.jpg"
    )
    assert list(people_in(tmp_path)) == ["Ada/1.jpg", "Ada/2.PNG", "Bo/1.jpg"]
    assert person_of("Ada/1.jpg") == "Ada"


@pytest.mark.parametrize(
    ("names", "named"),
    [
        ([], "no pictures"),
        (["Ada/notes.txt"], "no pictures"),
        (["Ada/1.jpg", "Ada/2.jpg"], "photos of Ada alone"),
        (["Ada/1.jpg", "Bo/1.jpg"], "nobody in .* has two photos"),
    ],
)
def test_a_folder_that_says_nothing_is_refused(tmp_path, names, named):
    with pytest.raises(UsageError, match=named):
        people_in(empty_files(tmp_path, *names))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match="nowhere"):
        people_in(tmp_path / "nowhere")
