"""What a recipe says of liveness networks is read as strictly as the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from facedoor_convert.errors import RecipeError
from facedoor_convert.packs import recipe, recipe_files
from workbench import LIGHT_RECIPE, MOBILE_RECIPE, RECIPE

COMMITTED = (RECIPE, LIGHT_RECIPE, MOBILE_RECIPE, RECIPE.with_name("facenet512.toml"))


def test_the_committed_recipes_name_one_network_that_is_needed_and_one_that_is_not() -> None:
    for file in COMMITTED:
        loaded = recipe.load(file)
        assert [plan.optional for plan in loaded.liveness] == [False, True]
        assert loaded.packages.keys() - loaded.needed_packages == {"minifasnet"}
        assert all(plan.deny_below < plan.open_from for plan in loaded.liveness)


def test_recipes_agree_about_liveness() -> None:
    """It is not the embedder's, so nothing about it depends on which one a pack has."""
    first, *others = (recipe.load(file).liveness for file in COMMITTED)
    assert others == [first] * len(others)


def test_a_recipe_needs_no_liveness_network(tmp_path: Path) -> None:
    text = RECIPE.read_text()
    path = tmp_path / "recipe.toml"
    path.write_text(text[: text.index("# Liveness networks")])
    loaded = recipe.load(path)
    assert loaded.liveness == ()
    assert set(loaded.needed_packages) == {"facenet", "mediapipe"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("live_class = 0", "live_class = 3", "live_class is 3; it has to be between 0 and 2"),
        ("value_range = 255", "value_range = 128", "value_range is 128"),
        ('colour = "BGR"', 'colour = "GBR"', "colour is 'GBR'"),
        ("open_from = 0.99", "open_from = 0.01", "deny_below, 0.015, is above open_from, 0.01"),
        ("open_from = 0.99", "open_from = nan", "open_from is nan"),
        ("live_class = 0", "live_class = 0\noptional = true", "none but the last network can be"),
        ('package = "faceplugin"', 'package = "plug"', r"there is no \[packages.plug\]"),
        ('archive = "npm"', 'archive = "yarn"', "archive is 'yarn'"),
        ('archive = "file"', 'archive = "wheel"', "url belongs to an archive of the kind file"),
        ('url = "https://', 'url = "ftp://', "it has to begin with https://"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = RECIPE.read_text()
    assert old in text
    path = tmp_path / "recipe.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RecipeError, match=said):
        recipe.load(path)


def test_a_recipe_that_comes_along_has_a_name_and_any_other_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert recipe_files.shipped() == {file.stem: file for file in sorted(COMMITTED)}
    own = tmp_path / "light.toml"
    own.touch()
    assert recipe_files.find("light") == LIGHT_RECIPE
    assert recipe_files.find("light.toml").resolve() == own
    with pytest.raises(RecipeError, match=r"no recipe dark: .*\(facenet, facenet512, light, "):
        recipe_files.find("dark")
