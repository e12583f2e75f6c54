"""Beside pyproject.toml: a wheel without the dashboard's page is none."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PAGE = Path(__file__).parent / "edge" / "facedoor" / "dashboard" / "static" / "index.html"


class BuildWithPage(build_py):
    """Builds the packages, unless the page that belongs into them was not bundled."""

    def run(self) -> None:
        if not self.editable_mode and not PAGE.is_file():
            raise SystemExit(
                f"there is no {PAGE}: the wheel would have no dashboard. Make it first, in a "
                "clone: make edge/facedoor/dashboard/static/index.html"
            )
        super().run()


setup(cmdclass={"build_py": BuildWithPage})
