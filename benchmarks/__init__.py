"""What is measured: on faces (`celebrities`) and on the clock (`bench`).

Each is a script of its own, run from the top of a clone: ``python -m benchmarks.bench``. What it
finds goes to ``build/``, beside the pack that it measures.
"""

from pathlib import Path

BUILD = Path(__file__).parents[1] / "build"
PACK = BUILD / "pack"
RECIPE = Path(__file__).parents[1] / "models" / "facenet.toml"
LIGHT_RECIPE = RECIPE.with_name("light.toml")
