"""The commands of docs/mqtt.md by which a broker gets a certificate."""

from __future__ import annotations

import subprocess
from pathlib import Path

CLONE = Path(__file__).parents[3]


def test_certificate_is_for_the_name_also_by_the_strict_rules_of_newer_pythons(
    tmp_path: Path,
) -> None:
    page = (CLONE / "docs" / "mqtt.md").read_text()
    commands = page[page.index("openssl req -x509") : page.index("sudo install -m 644 ca.pem")]

    def run(command: str) -> None:
        ran = subprocess.run(
            ["sh", "-ec", command], cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr

    run(commands)
    run("openssl verify -x509_strict -verify_hostname broker.lan -CAfile ca.pem broker.pem")
