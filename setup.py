"""Beside pyproject.toml: a wheel without the dashboard's page is none, and brings the recipes."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CLONE = Path(__file__).parent
PAGE = CLONE / "edge" / "facedoor" / "dashboard" / "static" / "index.html"
CONVERTER = "facedoor_convert"


class BuildWithPage(build_py):
    """Builds the packages, unless the page that belongs into them was not bundled; the recipes in
    ``models/`` go beside the converter."""

    def run(self) -> None:
        if not self.editable_mode and not PAGE.is_file():
            raise SystemExit(
                f"there is no {PAGE}: the wheel would have no dashboard. Make it first, in a "
                "clone: make edge/facedoor/dashboard/static/index.html"
            )
        super().run()
        if not self.editable_mode and CONVERTER in self.packages:
            recipes = Path(self.build_lib, CONVERTER, "recipes")
            shutil.copytree(CLONE / "models", recipes, dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithPage})
