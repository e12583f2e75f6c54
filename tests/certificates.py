"""Certificates for tests, made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make_ca(folder: Path, name: str = "ca") -> None:
    """A certificate authority: ``ca.pem`` and ``ca.key`` in ``folder``."""
    _openssl(
        folder,
        f"req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -subj /CN={name}",
    )


def issue(folder: Path, name: str, ca: str = "ca") -> None:
    """A certificate for ``name`` on this machine: ``<name>.pem`` and ``<name>.key``, mode 0600."""
    _openssl(
        folder, f"req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
    )
    (folder / "names").write_text("subjectAltName = IP:127.0.0.1")
    _openssl(
        folder,
        f"x509 -req -in {name}.csr -CA {ca}.pem -CAkey {ca}.key -CAcreateserial -extfile names"
        f" -out {name}.pem",
    )
    (folder / f"{name}.key").chmod(0o600)


def _openssl(folder: Path, arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], cwd=folder, check=True, capture_output=True)
