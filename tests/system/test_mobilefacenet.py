"""The other pack: built by its recipe, and a visit at a door that uses it."""

from __future__ import annotations

import sys

import pytest

from door_kit import Door, ended
from facedoor.vision import pack as packs
from facedoor.vision.pack import Pack
from facedoor_convert.packs import recipe
from facedoor_convert.packs.recipe import Recipe
from workbench import MOBILE_RECIPE


@pytest.fixture(scope="module")
def plan() -> Recipe:
    return recipe.load(MOBILE_RECIPE)


@pytest.fixture(scope="module")
def mobile(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The pack of MobileFaceNet, as one command builds it."""
    output = tmp_path_factory.mktemp("mobile") / "pack"
    main = "from facedoor_convert.cli.main import main; exit(main())"
    build = ["build", MOBILE_RECIPE, "--output", output]
    done = ended(sys.executable, "-c", main, *build, within_s=300.0)
    assert done.exit_code == 0, done.error
    return packs.load(output)


@pytest.fixture
def mobile_door(empty_door: Door, mobile: Pack) -> Door:
    empty_door.configure("models", pack=str(mobile.directory))
    empty_door.trust_clock()
    return empty_door


def enrol(door: Door, name: str) -> None:
    pictures = [door.photo(name, number, of="train") for number in (0, 1, 4, 5)]
    answer = door.ask("enroll", name, "--image", *pictures)
    assert answer.exit_code == 0, answer


def test_the_pack_is_what_the_recipe_says(mobile: Pack, plan: Recipe) -> None:
    manifest = mobile.manifest
    embedder = manifest.embedder
    assert embedder.sha256 == plan.embedder.sha256
    assert (embedder.width_px, embedder.height_px, manifest.embedding_size) == (112, 112, 192)
    assert (embedder.normalisation, embedder.quantisation) == ("centred", "float16")
    assert manifest.crop == plan.embedder.crop
    assert manifest.parity["cosine_min"] > 0.9999
    # The float network against the file that it comes from, two faces at a time.
    assert manifest.parity["source_cosine_min"] > 0.99999
    assert mobile.path(embedder).stat().st_size < 2.2e6
    assert manifest.calibration is not None
    assert manifest.calibration.embedder_sha256 == embedder.sha256


def test_the_door_opens_for_a_resident_and_for_nobody_else(mobile_door: Door) -> None:
    enrol(mobile_door, "Jerry")
    service = mobile_door.run(mobile_door.walk_up("Jerry", "ben_afflek"))
    assert service.wait_for(decision="granted")["person"] == "Jerry"
    assert service.wait_for(decision="refused")["person"] is None
    assert service.stop().relay == ["on", "off"]


def test_who_is_enrolled_for_another_network_is_asked_to_enrol_again(
    door: Door, mobile: Pack
) -> None:
    door.configure("models", pack=str(mobile.directory))
    answer = door.ask("verify", "Jerry", door.photo("Jerry"))
    assert "the door does not open for Jerry, who was enrolled for another" in answer.sentence
    assert "facedoor enroll Jerry FILE" in answer.sentence
    (people,) = [
        finding
        for finding in door.ask("check", "--json").json["findings"]
        if finding["subject"] == "people"
    ]
    assert "the door does not open for Jerry and Mindy, who were enrolled" in people["message"]
    enrol(door, "Jerry")
    assert door.ask("verify", "Jerry", door.photo("Jerry")).exit_code == 0
