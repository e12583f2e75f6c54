"""README's way to an installed door, typed by machine in a fresh Debian: `make test-deb`.

The lines are README's own. Of the world around them this is put in its place: the package is this
machine's, under the name that README has for it; camera and relay are simulated; nobody but the
package brings anything, since there is no network, and so no broker that answers.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from debian_root import ARCHITECTURE, NEEDED, DebianRoot, fresh
from facedoor_deb.build import build
from facedoor_deb.wheels import fetch
from facedoor_release import apt
from facedoor_release.signing import KEYRING, sign_repository
from gpg_kit import throwaway_key
from served_page import SERVES_ITS_PAGE
from typed_lines import typed_lines

CLONE = Path(__file__).parents[2]
README = CLONE / "README.md"
INSTALL, FIRST_PERSON = "Install on a Raspberry Pi", "The first person"
PHONES = "Home Assistant and phones"
SETUP = "sudo facedoor setup"
HOME = "/home/pi"
REPOSITORY = "https://example.org/apt"
"""Where docs/releasing.md has it."""

CAMERA = "/srv/camera/jerry.toml"
STANDS_THERE = """
width_px = 640
height_px = 360
fps = 15
[[visitor]]
name = "Jerry"
stay_s = 5.0
from_px = 200.0
to_px = 230.0
photos = ["/srv/camera/jerry.jpg"]
"""
SKIPPED = ("where the door opens", "how visitors are asked", "a lamp", "the network")
"""Steps of `facedoor setup`; the others are gone through."""
ANSWERS = {
    "which camera": f"sim:{CAMERA}",
    "BCM number": "none",
    "name, one word": "front",
    "which broker": "o",
    "broker's name": "127.0.0.1",
    "what about it": "k",
    "Keep these settings all the same": "y",
    "the person's name": "Jerry",
    "Once more": "n",
}
"""What is answered where Enter would not do."""
PATIENCE = 3
"""How often the same may be asked."""


def test_the_readme_says_how_to_install_and_what_then() -> None:
    install = typed_lines(README, INSTALL)
    assert [line for line in install if line.startswith("sudo apt install ./facedoor_")]
    assert install[-1] == SETUP
    assert any(
        line.startswith("sudo facedoor enroll ") for line in typed_lines(README, FIRST_PERSON)
    )


@pytest.fixture(scope="module")
def cache() -> Path:
    if "FACEDOOR_DEBIAN" not in os.environ:
        pytest.skip("FACEDOOR_DEBIAN names no folder for Debian's files: run make test-deb")
    folder = Path(os.environ["FACEDOOR_DEBIAN"]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def package(cache: Path) -> Path:
    wheels = fetch(ARCHITECTURE, cache / "wheels")
    pack = CLONE / "build" / "pack"
    return build(CLONE, ARCHITECTURE, [pack], wheels, cache, time_s=1_700_000_000)


@pytest.fixture(params=["bookworm", "trixie"])
def new_pi(request: pytest.FixtureRequest, cache: Path, photos: Path) -> Iterator[DebianRoot]:
    """A Debian with a user who has sudo, somebody before the camera, and photos of Ada."""
    with fresh(request.param, cache, f"{NEEDED},sudo,curl") as root:
        root.run("useradd", "--create-home", "--shell", "/bin/bash", "pi")
        root.path("/etc/sudoers.d/pi").write_text("pi ALL=(ALL) NOPASSWD: ALL\n")
        root.path(CAMERA).parent.mkdir()
        root.path(CAMERA).write_text(STANDS_THERE)
        jerry = min((photos / "val" / "jerry_seinfeld").glob("*.jpg"))
        shutil.copy(jerry, root.path(CAMERA).with_name("jerry.jpg"))
        ada = sorted((photos / "train" / "madonna").glob("*.jpg"))
        for number, picture in enumerate(ada, 1):
            shutil.copy(picture, root.path(f"{HOME}/ada-{number}.jpg"))
        yield root


def typed(root: DebianRoot, line: str) -> str:
    """Type a line as the user, answer what it asks, and return what was shown."""
    shell = ("runuser", "-u", "pi", "--", "sh", "-c", f"cd {HOME} && {line}")
    # Of setup the exit code is that of its check, which is looked at by itself.
    shown = root.converse(Newcomer().answer, *shell, check=line != SETUP)
    return plain(shown).replace("\r\n", "\n")


def plain(shown: str) -> str:
    """What a terminal shows, without what it obeys."""
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown)


class Newcomer:
    """Somebody at a terminal who wants the usual: Enter, unless ANSWERS has more."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    def answer(self, shown: bytes) -> bytes | None:
        """What is typed, if anything is asked; Ctrl-C where the same comes again and again."""
        text = plain(shown.decode(errors="ignore"))
        question = text.rpartition("\n")[2]
        if not re.search(r"(: |\[Y/n\] )$", question):
            return None
        titles = re.findall(r"-- \d+ of \d+: (.*?)\r?\n", text) or [""]
        is_about_a_step = question.startswith("what now")
        asked = titles[-1] if is_about_a_step else question
        self._asked[asked] += 1
        if self._asked[asked] > PATIENCE:
            return b"\x03"
        if is_about_a_step:
            return b"s\n" if asked.startswith(SKIPPED) else b"d\n"
        typed_text = next((text for part, text in ANSWERS.items() if part in asked), "")
        return f"{typed_text}\n".encode()


def test_readme_leads_from_a_fresh_debian_to_a_door_that_knows_people_and_a_page(
    new_pi: DebianRoot, package: Path
) -> None:
    for line in typed_lines(README, INSTALL):
        if line == SETUP:
            typed(new_pi, "sudo facedoor clock trust")  # what a time server is to a Pi
        for name in re.findall(r"\./(facedoor_\S+\.deb)", line):
            shutil.copy(package, new_pi.path(f"{HOME}/{name}"))
        shown = typed(new_pi, line)
    check = shown.partition("-- facedoor check")[2]
    problems = set(re.findall(r"^PROBLEM +(\w+)", check, re.MULTILINE))
    assert problems <= {"mqtt", "dashboard"}, check
    assert re.search(r"^ok +people: 1 enrolled", check, re.MULTILINE), shown
    assert "The door would open for Jerry." in shown
    assert re.search(r"^https://\S+:8443/\S*#\S+", shown, re.MULTILINE), "nobody is invited"
    for line in (*typed_lines(README, FIRST_PERSON), *typed_lines(README, PHONES)):
        typed(new_pi, line)
    people = new_pi.run("facedoor", "people", "list", "--json")
    assert {person["name"] for person in json.loads(people.stdout)["people"]} == {"Jerry", "Ada"}
    came = new_pi.run("facedoor", "run", "--once", "--json")
    assert '"person": "Jerry"' in came.stdout
    assert "Jerry" in typed(new_pi, "sudo facedoor visits --since today")
    told = new_pi.run("/opt/facedoor/venv/bin/python", "-c", SERVES_ITS_PAGE).stdout.split()
    assert told[1:] == ["True", "0"]
    manual = new_pi.path("/usr/share/man/man1/facedoor.1.gz")
    assert manual.exists()


def test_apt_installs_from_a_signed_repository_as_the_page_about_releases_says(
    new_pi: DebianRoot, package: Path
) -> None:
    tree = new_pi.path("/srv/apt")
    release = apt.lay_out([package], tree, 1_700_000_000)
    with throwaway_key() as key:
        sign_repository(release, key, tree / KEYRING)
    lines = typed_lines(CLONE / "docs" / "releasing.md", "What a user adds")
    assert REPOSITORY in " ".join(lines)
    for line in lines:
        typed(new_pi, line.replace(REPOSITORY, "file:///srv/apt"))
    assert new_pi.run("facedoor", "--version").stdout == "facedoor 0.1.0\n"
    policy = new_pi.run("apt-cache", "policy", "facedoor").stdout
    assert "file:/srv/apt stable/main" in policy
