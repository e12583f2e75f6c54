"""What the log and the board say of a door's liveness."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from facedoor.config.options import Config, LivenessConfig
from facedoor.problems import Board, Severity
from facedoor.service.liveness import LivenessWatch
from facedoor.vision.pack import Pack
from faces import face_at
from liveness_kit import NOT_A_NUMBER, constant, networks, pack_with

PICTURE = np.random.default_rng(1).integers(0, 256, (720, 1280, 3)).astype(np.uint8)
FACE = face_at(640, 360, 120)


def codes(board: Board) -> dict[str, Severity]:
    return {problem.code: problem.severity for problem in board.problems}


def test_off_is_on_the_board_for_as_long_as_it_lasts(pack: Pack, tmp_path: Path) -> None:
    board = Board()
    manifest = pack_with(pack, tmp_path / "pack", constant(0.9)).manifest
    watch = LivenessWatch(
        Config(liveness=LivenessConfig("off")), manifest, networks(tmp_path, NOT_A_NUMBER), board
    )
    watch.look()
    assert codes(board) == {"liveness_off": Severity.WARNING}
    assert "a photo of an enrolled person opens it" in board.problems[0].sentence


def test_a_pack_without_networks_is_on_the_board(pack: Pack, tmp_path: Path) -> None:
    board = Board()
    manifest = pack_with(pack, tmp_path / "pack").manifest
    LivenessWatch(Config(liveness=LivenessConfig("passive")), manifest, None, board).look()
    assert codes(board) == {"liveness_missing": Severity.ERROR}


def test_networks_that_work_are_in_the_log_alone(
    pack: Pack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    board = Board()
    manifest = pack_with(pack, tmp_path / "pack", constant(0.9)).manifest
    with caplog.at_level(logging.WARNING):
        LivenessWatch(
            Config(liveness=LivenessConfig("passive")),
            manifest,
            networks(tmp_path, constant(0.9)),
            board,
        ).look()
    assert codes(board) == {}
    assert "prints and masks were not tested" in caplog.text


def test_a_network_that_fails_is_on_the_board_until_it_works_again(
    pack: Pack, tmp_path: Path
) -> None:
    board = Board()
    manifest = pack_with(pack, tmp_path / "pack", constant(0.9)).manifest
    judged = networks(tmp_path, NOT_A_NUMBER)
    watch = LivenessWatch(Config(liveness=LivenessConfig("passive")), manifest, judged, board)
    watch.look()
    assert codes(board) == {}
    judged.look(PICTURE, FACE)
    watch.look()
    assert codes(board) == {"liveness_fails": Severity.ERROR}
    assert "liveness0.tflite failed" in board.problems[0].sentence
    judged.networks = networks(tmp_path, constant(0.9)).networks
    judged.look(PICTURE, FACE)
    watch.look()
    assert codes(board) == {}
