"""How the process ends."""

from __future__ import annotations

import subprocess
import sys

from door_kit import DEADLINE_S, Door

LEAVES_A_THREAD_BEHIND = """
import sys, threading
import cv2, numpy as np
from facedoor.cli import main as cli

def work():
    picture = np.zeros((2000, 2000, 3), np.uint8)
    while True:
        cv2.GaussianBlur(picture, (31, 31), 0)
        begun.set()

begun = threading.Event()
threading.Thread(target=work, daemon=True).start()
begun.wait()
cli.program()
"""


def test_thread_that_is_still_in_native_code_does_not_make_a_good_end_a_crash(
    empty_door: Door,
) -> None:
    command = [sys.executable, "-c", LEAVES_A_THREAD_BEHIND, "relay-off", "--json", "--config"]
    for _ in range(3):  # it crashed nearly always, not always
        done = subprocess.run(
            [*command, empty_door.config],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, '{"pins": []}\n', "")
