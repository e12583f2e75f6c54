"""What is measured: on faces (`celebrities`) and on the clock (`bench`).

Each is a script of its own, run from the top of a clone: ``python -m benchmarks.bench``. What it
finds goes to ``build/``. The pack that it measures lies there too, or where ``FACEDOOR_PACK`` says.
"""

import os
from pathlib import Path

BUILD = Path(__file__).parents[1] / "build"
PACK = Path(os.environ.get("FACEDOOR_PACK") or BUILD / "pack")
RECIPE = Path(__file__).parents[1] / "models" / "facenet.toml"
LIGHT_RECIPE = RECIPE.with_name("light.toml")


def recipe_of(pack_name: str) -> Path:
    """The recipe of the pack that calls itself so."""
    return RECIPE.with_name(f"{pack_name}.toml")
