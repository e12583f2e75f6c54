import numpy as np
import pytest

from benchmarks.lfw_pairs import Pair, locate, read_pairs
from benchmarks.lfw_protocol import everybody, measured, protocol
from facedoor.errors import UsageError

EAST, NORTH = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


def test_pairs_of_each_fold_are_read(tmp_path):
    file = tmp_path / "pairs.txt"
    file.write_text("2\t1\nAda\t1\t4\nAda\t2\tBo\t1\nBo\t1\t2\nBo\t3\tAda\t1\n")
    first, second = read_pairs(file)
    assert first[0] == Pair("Ada/Ada_0001.jpg", "Ada/Ada_0004.jpg", is_genuine=True)
    assert second[1] == Pair("Bo/Bo_0003.jpg", "Ada/Ada_0001.jpg", is_genuine=False)


@pytest.mark.parametrize(
    "text", ["", "hello\n", "1\t1\nAda\t1\t4\n", "1\t1\nAda\t1\t4\nAda\tx\t3\n"]
)
def test_a_damaged_pairs_file_is_refused_by_name(tmp_path, text):
    file = tmp_path / "pairs.txt"
    file.write_text(text)
    with pytest.raises(UsageError, match=str(file)):
        read_pairs(file)


def test_photos_are_found_with_and_without_the_folder_lfw(tmp_path):
    for root in (tmp_path / "one" / "lfw", tmp_path / "other"):
        (root / "Ada").mkdir(parents=True)
        (root / "Ada" / "Ada_0001.jpg").touch()
    for directory in (tmp_path / "one", tmp_path / "other"):
        assert locate(["Ada/Ada_0001.jpg"], directory)["Ada/Ada_0001.jpg"].exists()


def test_a_photo_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"Ada_0001\.jpg"):
        locate(["Ada/Ada_0001.jpg"], tmp_path)


def test_a_pair_with_a_missed_face_is_infinitely_far_apart():
    pairs = measured([Pair("A/1", "A/2", is_genuine=True)], {"A/1": EAST, "A/2": None})
    assert pairs.genuine.tolist() == [np.inf]


def test_each_person_meets_every_other_once():
    photos = {"A/1": EAST, "A/2": EAST, "B/1": NORTH, "C/1": None, "C/2": NORTH}
    pairs = everybody(photos)
    assert pairs.genuine.tolist() == [0]
    assert np.sort(pairs.impostor) == pytest.approx([0, np.sqrt(2), np.sqrt(2)])


def test_protocol_counts_a_missed_face_as_an_error():
    fold = [Pair("A/1", "A/2", is_genuine=True), Pair("A/1", "B/1", is_genuine=False)]
    found = measured(fold, {"A/1": EAST, "A/2": EAST, "B/1": NORTH})
    missed = measured(fold, {"A/1": EAST, "A/2": None, "B/1": NORTH})
    assert protocol([found, found, found])["accuracy"] == 1
    assert protocol([found, found, missed])["accuracy"] == pytest.approx(5 / 6)
