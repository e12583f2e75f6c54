from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

FUZZER = Path(__file__).with_name("fuzz_commands.py")
INPUTS = os.environ.get("FACEDOOR_FUZZ_INPUTS", "20000")
SEED = os.environ.get("FACEDOOR_FUZZ_SEED", "0")


def test_damaged_commands_and_pictures_are_refused_and_cost_no_memory() -> None:
    command = [sys.executable, str(FUZZER), INPUTS, SEED]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    print(ended.stdout)
    refused = json.loads(ended.stdout)["refused"]
    assert refused["damaged_token"] > 0.3 * int(INPUTS)
    assert all(refused.values())
