"""The pack, and whether XNNPACK runs its models."""

from __future__ import annotations

from collections.abc import Iterator

from facedoor.checks.finding import Finding, fine, problem
from facedoor.checks.installation import Installation
from facedoor.vision import pack
from facedoor.vision.interpreter import Network


def examine_pack(door: Installation) -> Iterator[Finding]:
    """Whether the pack is there, is what its manifest says, and runs as fast as it can."""
    models = pack.load(door.settings.pack_directory)
    manifest = models.manifest
    for model in (manifest.search, manifest.landmarks, manifest.embedder):
        if not Network(models.path(model)).delegation().is_full:
            yield problem(
                "pack",
                f"{model.file} runs without XNNPACK, many times slower than it could",
                "pip install --upgrade ai-edge-litert; in a systemd unit: no ProcSubset=pid",
            )
            return
    yield fine("pack", f"{manifest.name} in {models.directory}")
