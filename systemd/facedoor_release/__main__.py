"""``make release``: everything for a release page, made twice, compared and signed."""

from __future__ import annotations

import argparse
import filecmp
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from facedoor_deb.build import build, source_time_s
from facedoor_deb.pip import PROCESSORS, PackagingError
from facedoor_deb.send_wheel import send_wheel
from facedoor_deb.wheels import fetch, sha256
from facedoor_release import apt
from facedoor_release.python_archives import build_archives
from facedoor_release.sbom import bill
from facedoor_release.signing import KEYRING, require_key, sign_file, sign_repository

PROJECT = Path(__file__).parents[2]
SUMS = "SHA256SUMS"
LOCK = Path("edge/page/package-lock.json")


def main() -> int:
    """Make the release and return the exit code."""
    parser = argparse.ArgumentParser(prog="facedoor_release", description="Make a release.")
    parser.add_argument("--key", default="", help="the gpg key that signs: its address or number")
    parser.add_argument("--pack", type=Path, action="append", required=True)
    parser.add_argument("--output", type=Path, default=PROJECT / "build" / "release")
    options = parser.parse_args()
    try:
        require_key(options.key)
        require_commit(PROJECT)
        make_twice(options.output, options.pack)
        sign(options.output, options.key)
    except PackagingError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    for line in (options.output / SUMS).read_text().splitlines():
        print(line)
    print(f"made twice, the same bytes each time, and signed: {options.output}")
    return 0


def require_commit(project: Path) -> None:
    """Raise :class:`PackagingError` unless the files are those of a commit."""
    status = ["git", "-C", str(project), "status", "--porcelain"]
    done = subprocess.run(status, capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stdout:
        changed = done.stderr or done.stdout
        raise PackagingError(
            f"a release is what one commit says; commit first:\n{changed.rstrip()}"
        )


def make_twice(output: Path, packs: Sequence[Path]) -> None:
    """Make all that is not a signature, in ``output``, and once more to compare."""
    with tempfile.TemporaryDirectory(dir=output.parent) as name:
        for folder in (Path(name, "once"), Path(name, "again")):
            make(folder, packs)
        differing = differences(Path(name, "once"), Path(name, "again"))
        if differing:
            raise PackagingError(f"made twice, these differ: {', '.join(map(str, differing))}")
        shutil.rmtree(output, ignore_errors=True)
        Path(name, "once").rename(output)


def make(folder: Path, packs: Sequence[Path]) -> None:
    """Make all that is not a signature in ``folder``, a new one."""
    folder.mkdir()
    time_s = source_time_s(PROJECT)
    packages = []
    for architecture in PROCESSORS:
        wheels = fetch(architecture, PROJECT / "build" / "wheels" / architecture)
        packages.append(build(PROJECT, architecture, packs, wheels, folder, time_s))
    with tempfile.TemporaryDirectory(dir=folder) as work:
        _, wheel = build_archives(PROJECT, folder, Path(work), time_s)
    send_wheel(wheel, folder)
    for package in packages:
        stated = bill_of(package, time_s)
        package.with_suffix(".cdx.json").write_text(json.dumps(stated, indent=1) + "\n")
    apt.lay_out(packages, folder / "apt", time_s)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    sums = [f"{sha256(path)}  {path.name}\n" for path in files]
    (folder / SUMS).write_text("".join(sums))


def bill_of(package: Path, time_s: int) -> dict[str, object]:
    """What is in ``package``, as it is once it is unpacked."""
    with tempfile.TemporaryDirectory(dir=package.parent) as root:
        unpack = ["dpkg-deb", "--extract", str(package), root]
        done = subprocess.run(unpack, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PackagingError(f"dpkg-deb cannot unpack {package}: {done.stderr.strip()}")
        return bill(package, Path(root), PROJECT / LOCK, time_s)


def differences(one: Path, other: Path) -> list[Path]:
    """The files, by their path below either folder, that are not the same bytes in both."""
    names = {
        path.relative_to(folder)
        for folder in (one, other)
        for path in folder.rglob("*")
        if path.is_file()
    }
    return sorted(
        name
        for name in names
        if not (one / name).is_file()
        or not (other / name).is_file()
        or not filecmp.cmp(one / name, other / name, shallow=False)
    )


def sign(folder: Path, key: str) -> None:
    """Sign repository and checksums, and lay the public key beside them."""
    keyring = folder / "apt" / KEYRING
    sign_repository(folder / "apt" / apt.INDICES / "Release", key, keyring)
    sign_file(folder / SUMS, key)


if __name__ == "__main__":
    sys.exit(main())
