from __future__ import annotations

from pathlib import Path

import pytest

from front_door import FrontDoor


@pytest.fixture
def front(tmp_path: Path) -> FrontDoor:
    """A door that takes commands."""
    return FrontDoor(tmp_path)
