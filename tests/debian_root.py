"""A Debian to install into: made once with debootstrap, run without systemd, and without a network
unless it is asked for.

Needs root, for debootstrap and chroot, and util-linux's unshare.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import pty
import select
import struct
import subprocess
import tempfile
import termios
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
"""This machine's, as Debian names it."""

MIRROR = "http://deb.debian.org/debian"
NEEDED = "python3-venv,systemd,debconf,libstdc++6"
"""What facedoor depends on; the rest has to come from the package."""

_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}
_DEADLINE_S = 600
_SILENCE_S = 0.3
"""After which a program that shows nothing more may have asked something."""
_TERMINALS = "mount -t devpts -o newinstance pts /dev/pts"
"""Without it sudo starts nothing."""


class DebianRoot:
    """The file system of a Debian, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where the file that the system calls ``name`` is seen from outside."""
        return self.folder / name.lstrip("/")

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in it, cut off from every network. Nobody is there to answer questions."""
        return subprocess.run(
            ["unshare", "--net", *self._inside(*command)],
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_DEADLINE_S,
            check=check,
        )

    def answer(self, prompt: bytes, text: bytes, *command: str) -> str:
        """Run a command in it on a terminal, where ``text`` is typed once it shows ``prompt``.

        Returns all that was shown.
        """
        answers = iter([text])
        return self.converse(
            lambda shown: next(answers, None) if prompt in shown else None, *command
        )

    def converse(
        self, reply: Callable[[bytes], bytes | None], *command: str, check: bool = True
    ) -> str:
        """Run a command in it on a terminal of 80 columns, where what ``reply`` returns is typed:
        it is asked whenever nothing more is shown, with all that was shown since its last answer.

        Returns all that was shown; unless ``check`` is false, it has to end well.
        """
        own = f'{_TERMINALS} && exec "$@"'
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        process = subprocess.Popen(
            ["setsid", "--ctty", "unshare", "--net", *self._inside("sh", "-c", own, "", *command)],
            env={**_ENVIRONMENT, "DEBIAN_FRONTEND": "readline", "TERM": "dumb"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown, answered = b"", 0
        with contextlib.suppress(OSError):  # which is how a terminal says that nobody writes
            while True:
                is_silent = not select.select([ours], [], [], _SILENCE_S)[0]
                if not is_silent:
                    shown += os.read(ours, 4096)
                elif (text := reply(shown[answered:])) is not None:
                    os.write(ours, text)
                    answered = len(shown)
        os.close(ours)
        exit_code = process.wait()
        assert exit_code == 0 or not check, shown.decode()
        return shown.decode()

    def install(self, package: Path) -> None:
        """`apt install` a package."""
        inside = self.path(f"/root/{package.name}")
        os.link(package, inside)
        done = self.run("apt-get", "install", "--yes", f"/root/{package.name}", check=False)
        inside.unlink()
        assert done.returncode == 0, done.stdout + done.stderr

    def run_online(self, command: str, environment: Mapping[str, str]) -> int:
        """Run a shell's command in it with this machine's network, and with terminals and /dev/shm
        as a machine has them; what it says is shown. Returns its exit code."""
        mounts = f"{_TERMINALS} && mount -t tmpfs shm /dev/shm"
        return subprocess.run(
            self._inside("sh", "-c", f"{mounts} && {command}"),
            env={**_ENVIRONMENT, **environment},
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode

    def _inside(self, *command: str) -> list[str]:
        apart = ["unshare", "--pid", "--fork", "--kill-child"]
        return [*apart, f"--mount-proc={self.path('/proc')}", "chroot", str(self.folder), *command]


@contextlib.contextmanager
def fresh(suite: str, cache: Path, packages: str = NEEDED) -> Iterator[DebianRoot]:
    """A new Debian ``suite``, such as "bookworm", of the least that it can be and ``packages``;
    ``cache`` keeps what makes the next one fast."""
    archive = cache / f"{suite}-{packages}.tar"
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        if archive.exists():
            subprocess.run(["tar", "-xf", str(archive), "-C", folder], check=True)
        else:
            bootstrap = ["debootstrap", "--variant=minbase", f"--include={packages}"]
            subprocess.run([*bootstrap, suite, folder, MIRROR], check=True)
            draft = archive.with_suffix(".draft")
            subprocess.run(["tar", "-cf", str(draft), "-C", folder, "."], check=True)
            draft.rename(archive)
        Path(folder).chmod(
            0o755
        )  # as / is: its users have to get in, and temporary folders are root's
        yield DebianRoot(Path(folder))


@contextlib.contextmanager
def copy(root: DebianRoot) -> Iterator[DebianRoot]:
    """Another Debian that is as ``root`` is now."""
    with tempfile.TemporaryDirectory(dir=root.folder.parent) as folder:
        subprocess.run(["cp", "--archive", f"{root.folder}/.", folder], check=True)
        yield DebianRoot(Path(folder))
