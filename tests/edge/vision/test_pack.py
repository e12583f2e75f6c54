"""The pack: what opens, what does not, and what is said about it."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facedoor.errors import PackError
from facedoor.vision import pack as packs
from facedoor.vision.calibration import Refusals

FIXTURES = Path(__file__).parents[1] / "fixtures"
WRITTEN_BY_SCHEMA_1 = FIXTURES / "manifest_v1.json"
WRITTEN_BY_SCHEMA_2 = FIXTURES / "manifest_v2.json"
WRITTEN_BY_SCHEMA_3 = FIXTURES / "manifest_v3.json"
EVERY_PACK = ("embedder", "search", "landmarks")
MODELS = (*EVERY_PACK, "liveness", "liveness2")
HERE = Path("manifest.json")


def values() -> dict[str, Any]:
    """The decoded manifest of a pack whose models are the ones that `pack_in` writes."""
    decoded: dict[str, Any] = json.loads(WRITTEN_BY_SCHEMA_1.read_text(encoding="utf-8"))
    for name in EVERY_PACK:
        decoded[name]["sha256"] = hashlib.sha256(name.encode()).hexdigest()
    own = {"colour": "BGR", "normalisation": "range", "quantisation": "float16"}
    own |= {"crop_scale": 2.7, "value_range": 255, "live_class": 1}
    networks = [
        decoded["search"]
        | own
        | {"file": f"{name}.tflite", "sha256": hashlib.sha256(name.encode()).hexdigest()}
        for name in ("liveness", "liveness2")
    ]
    thresholds = {"deny_below": 0.2, "open_from": 0.9, "threshold_source": "guessed"}
    return decoded | {"schema": packs.SCHEMA, "liveness": {"networks": networks} | thresholds}


def pack_in(folder: Path, manifest: dict[str, Any]) -> Path:
    for name in MODELS:
        (folder / f"{name}.tflite").write_bytes(name.encode())
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def parse(manifest: object) -> packs.Manifest:
    return packs.parse(json.dumps(manifest), HERE)


def test_a_manifest_of_schema_1_opens_for_ever() -> None:
    manifest = packs.parse(WRITTEN_BY_SCHEMA_1.read_text(encoding="utf-8"), HERE)
    assert manifest.schema == 1
    assert manifest.embedder.file == "embedder.tflite"
    assert manifest.crop.left_eye == (57.94, 64.6)
    assert manifest.crop.stretch_x == 1.36
    assert manifest.threshold == 0.755
    assert manifest.parity["faces"] == 25


def test_a_manifest_of_schema_2_opens_for_ever_and_has_no_liveness_network() -> None:
    manifest = packs.parse(WRITTEN_BY_SCHEMA_2.read_text(encoding="utf-8"), HERE)
    assert manifest.schema == 2
    assert manifest.calibration is not None
    assert manifest.liveness is None
    assert len(manifest.models) == 3


def test_a_manifest_of_schema_3_opens_for_ever_and_tells_nothing_of_refusals() -> None:
    manifest = packs.parse(WRITTEN_BY_SCHEMA_3.read_text(encoding="utf-8"), HERE)
    assert manifest.schema == 3
    assert manifest.liveness is not None
    assert manifest.calibration is not None
    assert manifest.calibration.plain.refusals == ()


def test_liveness_networks_say_what_they_see_and_what_their_scores_are_worth() -> None:
    manifest = parse(values())
    assert manifest.liveness is not None
    assert (manifest.liveness.deny_below, manifest.liveness.open_from) == (0.2, 0.9)
    first, second = manifest.liveness.networks
    assert (first.file, second.file) == ("liveness.tflite", "liveness2.tflite")
    assert (first.crop_scale, first.colour, first.value_range, first.live_class) == (
        *(2.7, "BGR", 255, 1),
    )


def test_an_older_schema_brings_no_liveness_networks() -> None:
    with pytest.raises(PackError, match=r"schema 2 and brings liveness networks.*build it with"):
        parse(values() | {"schema": 2})


def test_an_older_schema_brings_no_tables_of_refusals() -> None:
    manifest = json.loads(WRITTEN_BY_SCHEMA_3.read_text(encoding="utf-8"))
    refused = Refusals(1, 20, 30, ((0.5, 1.0), (1.0, 0.0)))
    for table in ("plain", "corrected"):
        more = copy.deepcopy(manifest)
        more["calibration"][table]["refusals"] = [dataclasses.asdict(refused)]
        with pytest.raises(PackError, match=r"schema 3 and brings tables of refusals.*schema 4"):
            parse(more)
        opened = parse(more | {"schema": 4})
        assert getattr(opened.calibration, table).refusals == (refused,)


def test_a_manifest_survives_being_written_and_read_and_has_one_text() -> None:
    manifest = parse(values())
    assert packs.parse(manifest.to_json(), HERE) == manifest
    assert packs.parse(manifest.to_json(), HERE).to_json() == manifest.to_json()


def test_manifest_may_have_texts_of_several_lines() -> None:
    manifest = values()
    manifest["embedder"]["origin"]["training_data"] = "VGGFace2,\n\tcleaned"
    assert parse(manifest).embedder.origin.training_data == "VGGFace2,\n\tcleaned"


def test_a_pack_opens_when_everything_is_in_place(tmp_path: Path) -> None:
    pack = packs.load(pack_in(tmp_path, values()))
    assert pack.path(pack.manifest.search).read_bytes() == b"search"


def test_a_missing_folder_is_said_with_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"there is no pack in .*nowhere: build it with: facedoor-"):
        packs.load(tmp_path / "nowhere")


def test_a_file_is_no_pack_and_a_manifest_no_text_of_another_encoding(tmp_path: Path) -> None:
    pack_in(tmp_path, values())
    with pytest.raises(PackError, match="cannot read"):
        packs.load(tmp_path / "search.tflite")
    (tmp_path / "manifest.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(PackError, match="cannot read"):
        packs.load(tmp_path)


def test_a_missing_model_is_named_and_a_changed_one_never_loaded(tmp_path: Path) -> None:
    for name in MODELS:
        file = pack_in(tmp_path, values()) / f"{name}.tflite"
        file.unlink()
        with pytest.raises(PackError, match=rf"lacks .*{name}\.tflite: build it"):
            packs.load(tmp_path)
        file.write_bytes(b"another")
        changed = rf"{name}\.tflite is not the file that the manifest names"
        with pytest.raises(PackError, match=changed):
            packs.load(tmp_path)


@pytest.mark.parametrize("file", ["../embedder.tflite", "/embedder.tflite", "..", ".", "", "a/b"])
def test_a_model_outside_of_the_pack_is_refused(tmp_path: Path, file: str) -> None:
    (tmp_path / "embedder.tflite").write_bytes(b"embedder")
    (tmp_path / "pack").mkdir()
    manifest = values()
    manifest["embedder"]["file"] = file
    with pytest.raises(PackError, match=r"embedder: file .*has to be the name of a file"):
        packs.load(pack_in(tmp_path / "pack", manifest))


@given(file=st.text())
def test_no_name_of_a_model_reaches_beyond_the_pack_or_breaks_it(file: str) -> None:
    manifest = values()
    manifest["embedder"]["file"] = file
    try:
        models = packs.Pack(Path("/pack"), parse(manifest))
    except PackError:
        return
    assert models.path(models.manifest.embedder).resolve().parent == Path("/pack")


def test_a_newer_schema_says_upgrade() -> None:
    with pytest.raises(PackError, match=r"schema 5, newer than the 4 .*upgrade facedoor"):
        parse(values() | {"schema": 5, "unheard_of": True})


@pytest.mark.parametrize("schema", [None, "1", 1.0, True, 0, -1])
def test_without_a_schema_it_is_no_manifest(schema: object) -> None:
    with pytest.raises(PackError, match="has no schema"):
        parse(values() | {"schema": schema})


@pytest.mark.parametrize("text", ["", "{", "[1,", "\x00", "{'a': 1}", "[" * 100_000, "9" * 5000])
def test_what_is_not_json_is_said(text: str) -> None:
    with pytest.raises(PackError, match=r"manifest\.json is not"):
        packs.parse(text, HERE)


def without(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda manifest: manifest.pop(key)


def setting(*path: str | int, to: object) -> Callable[[dict[str, Any]], object]:
    def change(manifest: Any) -> None:
        for key in path[:-1]:
            manifest = manifest[key]
        manifest[path[-1]] = to

    return change


def liveness(key: str, to: object) -> Callable[[dict[str, Any]], object]:
    return setting("liveness", key, to=to)


def network(key: str, to: object) -> Callable[[dict[str, Any]], object]:
    return setting("liveness", "networks", 1, key, to=to)


def test_what_is_wrong_in_a_manifest_is_named() -> None:
    for change, said in [
        (setting("colours", to="RGB"), "colours does not exist; there are"),
        (setting("embedder", "colours", to="RGB"), "colours does not exist; did you mean colour"),
        (without("threshold"), "threshold is missing"),
        (setting("crop", to={}), "crop.left_eye is missing"),
        (setting("threshold", to="0.755"), "threshold is '0.755'; it has to be a number"),
        (setting("threshold", to=math.nan), "threshold is nan; it has to be a number"),
        (setting("threshold", to=10**400), "threshold is 1000"),
        (setting("threshold", to=0), "threshold has to be between 0 and 2"),
        (setting("threshold", to=2.5), "threshold has to be between 0 and 2"),
        (setting("crop", "mouth", to=[80.0]), r"crop.mouth is \[80.0\]; it has to be a list of 2"),
        (setting("crop", "mouth", to=[80.0, True]), "crop.mouth.2 is True; it has to be a number"),
        (setting("parity", "faces", to=math.inf), "parity.faces is inf; it has to be a number"),
        (setting("embedding_size", to=128.0), "embedding_size is 128.0; it has to be a whole"),
        (setting("search", to=None), "search is None; it has to be a table"),
        (setting("embedder", "colour", to="BGR"), "embedder: colour is 'BGR'.* only 'RGB'"),
        (setting("embedder", "normalisation", to="symmetric"), "only 'standardise'"),
        (setting("search", "normalisation", to="standardise"), "only 'symmetric'"),
        (setting("landmarks", "normalisation", to="none"), "only 'symmetric'"),
        (liveness("networks", []), "liveness.networks has 0 entries"),
        (liveness("deny_below", -0.1), r"liveness.deny_below is -0.1; it has to be between 0 and"),
        (liveness("open_from", 1.1), "liveness.open_from is 1.1; it has to be between 0 and 1"),
        (liveness("open_from", math.nan), "liveness.open_from is nan"),
        (liveness("deny_below", 0.95), "deny_below, 0.95, is above open_from, 0.9"),
        (liveness("open_above", 0.9), "liveness.open_above does not exist; did you mean open_fr"),
        (network("file", "../liveness.tflite"), "liveness: .* has to be the name of a file"),
        (network("colour", "YUV"), "liveness2.tflite: colour is 'YUV'.* 'RGB' and 'BGR'"),
        (network("normalisation", "unit"), "normalisation is 'unit'.* only 'range'"),
        (network("value_range", 128), "value_range is 128.* only 1 and 255"),
        (network("value_range", True), "value_range is True; it has to be a whole number"),
        (network("crop_scale", 0), "crop_scale is 0; it has to be between 1 and 8"),
        (network("crop_scale", math.inf), "crop_scale is inf"),
        (network("live_class", -1), "live_class is -1; it has to be between 0 and 999"),
    ]:
        manifest = values()
        change(manifest)
        with pytest.raises(PackError, match=said) as error:
            parse(manifest)
        assert len(str(error.value)) < 400, change
        assert "\n" not in str(error.value), change


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(anything)
def test_no_json_breaks_it(decoded: object) -> None:
    with pytest.raises(PackError):
        parse(decoded)


@given(
    path=st.sampled_from(
        [(field.name,) for field in dataclasses.fields(packs.Manifest)]
        + [("embedder", field.name) for field in dataclasses.fields(packs.Model)]
        + [("crop", field.name) for field in dataclasses.fields(packs.CropTemplate)]
        + [("liveness", field.name) for field in dataclasses.fields(packs.Liveness)]
        + [
            ("liveness", "networks", 0, field.name)
            for field in dataclasses.fields(packs.LivenessModel)
        ]
    ),
    wrong=anything,
)
def test_no_value_in_a_manifest_breaks_it(path: tuple[str | int, ...], wrong: object) -> None:
    manifest = values()
    setting(*path, to=wrong)(manifest)
    try:
        opened = parse(manifest)
    except PackError:
        return
    assert packs.parse(opened.to_json(), HERE) == opened
