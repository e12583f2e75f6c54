from __future__ import annotations

import runpy

import pytest

from facedoor_convert.errors import BackendError


def test_a_backend_that_cannot_train_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    with pytest.raises(BackendError, match="KERAS_BACKEND is 'numpy', which cannot train: set it"):
        runpy.run_module("facedoor_convert.training.backend")
