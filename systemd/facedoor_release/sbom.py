"""What is in a package, as CycloneDX 1.6 states it (https://cyclonedx.org/docs/1.6/json/): each
wheel with its hash and licence, what the page is bundled from, and each network."""

from __future__ import annotations

import base64
import email.message
import json
import re
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from facedoor_deb.tree import SHARED
from facedoor_deb.wheels import sha256


def bill(package: Path, root: Path, lock: Path, time_s: int) -> dict[str, Any]:
    """The bill of materials of ``package``, a .deb whose files are unpacked below ``root``.

    ``lock`` is npm's, of the dashboard's page; ``time_s`` (since 1970) is the package's date.
    """
    _, version, architecture = package.stem.split("_")
    wheels = sorted((root / SHARED / "wheels").glob("*.whl"))
    manifests = sorted((root / SHARED).glob("*/manifest.json"))
    parts = [_wheel(wheel) for wheel in wheels if not wheel.name.startswith("facedoor-")]
    parts += _bundled(json.loads(lock.read_text()))
    parts += [part for manifest in manifests for part in _networks(manifest)]
    itself = {
        "type": "application",
        "bom-ref": "facedoor",
        "name": "facedoor",
        "version": version,
        "licenses": [{"license": {"id": "MIT"}}],
        "purl": f"pkg:deb/facedoor@{version}?arch={architecture}",
        "hashes": [{"alg": "SHA-256", "content": sha256(package)}],
    }
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, sha256(package))}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(time_s, UTC).isoformat(),
            "component": itself,
        },
        "components": parts,
        "dependencies": [{"ref": "facedoor", "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def _wheel(wheel: Path) -> dict[str, Any]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        stated = email.message_from_bytes(archive.read(name))
    name = re.sub(r"[-_.]+", "-", stated["Name"]).lower()
    digest = sha256(wheel)
    return {
        "type": "library",
        # One release has a wheel for each Python.
        "bom-ref": f"{name}-{digest[:12]}",
        "name": name,
        "version": stated["Version"],
        **(_expression(stated["License-Expression"]) or _named(_in_words(stated))),
        "purl": f"pkg:pypi/{name}@{stated['Version']}",
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def _in_words(stated: email.message.Message) -> str:
    """How a package that knows no SPDX names its licence; some put the whole text there."""
    licence = (stated["License"] or "").strip()
    if licence and "\n" not in licence:
        return licence
    classes = (text.split(" :: ") for text in stated.get_all("Classifier", []))
    return " and ".join(words[-1] for words in classes if words[0] == "License")


def _bundled(lock: dict[str, Any]) -> list[dict[str, Any]]:
    """What the page is bundled from; what only makes the bundle is left out."""
    return [
        {
            "type": "library",
            "bom-ref": path,
            "name": path.removeprefix("node_modules/"),
            "version": entry["version"],
            **_expression(entry.get("license")),
            "purl": f"pkg:npm/{path.removeprefix('node_modules/')}@{entry['version']}",
            "hashes": [{"alg": "SHA-512", "content": _hexadecimal(entry["integrity"])}],
        }
        for path, entry in lock["packages"].items()
        if path and not entry.get("dev")
    ]


def _hexadecimal(integrity: str) -> str:
    """The digest in npm's "sha512-BASE64"."""
    return base64.b64decode(integrity.removeprefix("sha512-")).hex()


def _networks(manifest: Path) -> list[dict[str, Any]]:
    pack = manifest.parent.name
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"{pack}/{model['file']}",
            "name": f"{pack}/{model['file']}",
            "version": model["origin"]["version"],
            "description": f"made of {model['origin']['file']} of {model['origin']['package']}; "
            f"trained on: {model['origin']['training_data']}",
            **_named(model["origin"]["licence"]),
            "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
        }
        for model in _models(json.loads(manifest.read_text()))
    ]


def _models(value: Any) -> Iterator[dict[str, Any]]:
    """Everything in a manifest that is a file with an origin."""
    if isinstance(value, dict):
        if {"file", "sha256", "origin"} <= value.keys():
            yield value
        for inner in value.values():
            yield from _models(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _models(inner)


def _expression(licence: str | None) -> dict[str, Any]:
    """A licence that is stated as an SPDX expression, such as "MIT OR Apache-2.0"."""
    return {"licenses": [{"expression": licence}]} if licence else {}


def _named(licence: str) -> dict[str, Any]:
    """A licence in other words."""
    return {"licenses": [{"license": {"name": licence}}]} if licence else {}
