from __future__ import annotations

import pytest

from facedoor.camera.recorded import Pacing


@pytest.fixture(autouse=True)
def recordings_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames have times of their own, and nobody here waits for them to come."""
    monkeypatch.setattr(Pacing, "wait_until", lambda *_: None)
