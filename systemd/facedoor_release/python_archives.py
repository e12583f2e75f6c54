"""The wheel and the source archive for ``pip install facedoor``; the same bytes each time."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from facedoor_deb.build import PAGE
from facedoor_deb.pip import UMASK, PackagingError
from facedoor_deb.wheels import set_modes

_BUILD = "import sys; from setuptools import build_meta as b; b.{}(sys.argv[1])"


def build_archives(project: Path, output: Path, work: Path, time_s: int) -> tuple[Path, Path]:
    """Write the source archive of the commit that ``project`` stands at, and the wheel that comes
    out of it, to ``output``; ``work`` is an empty folder.

    The dashboard's page, which no commit has, is that of ``project``; ``time_s`` (since 1970)
    stands on all files. Raises :class:`PackagingError`.
    """
    sources = work / "sources"
    check_out(project, sources)
    page = sources / PAGE.parent
    shutil.copytree(project / PAGE.parent, page)
    set_modes(sources)
    _run(sources, "build_sdist", work, time_s)
    (made,) = work.glob("facedoor-*.tar.gz")
    archive = output / made.name
    archive.write_bytes(without_traces(made, time_s))
    with tarfile.open(archive) as packed:
        packed.extractall(work, filter="data")
    _run(work / archive.name.removesuffix(".tar.gz"), "build_wheel", output, time_s)
    (wheel,) = output.glob("facedoor-*.whl")
    return archive, wheel


def check_out(project: Path, folder: Path) -> None:
    """Put the files of the commit that ``project`` stands at into ``folder``, and nothing else."""
    done = subprocess.run(
        ["git", "-C", str(project), "archive", "HEAD"], capture_output=True, check=False
    )
    if done.returncode != 0:
        raise PackagingError(f"git archive failed: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
        files.extractall(folder, filter="data")


def _run(sources: Path, hook: str, output: Path, time_s: int) -> None:
    """Have setuptools build out of ``sources``, in which it works: so in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _BUILD.format(hook), str(output.resolve())],
        cwd=sources,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(time_s)},
        umask=UMASK,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PackagingError(f"setuptools did not {hook.replace('_', ' a ')}: {done.stderr[-500:]}")


def without_traces(archive: Path, time_s: int) -> bytes:
    """A tar.gz again, without who made it and when: setuptools leaves both."""
    plain = io.BytesIO()
    with tarfile.open(archive) as old, tarfile.open(fileobj=plain, mode="w") as new:
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            content = old.extractfile(member)
            member.mtime, member.uid, member.gid, member.uname, member.gname = time_s, 0, 0, "", ""
            member.mode, member.pax_headers = 0o755 if member.isdir() else 0o644, {}
            new.addfile(member, content)
    return gzip.compress(plain.getvalue(), mtime=0)
