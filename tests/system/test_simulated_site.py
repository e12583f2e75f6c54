"""``make dashboard``: the simulated site as somebody meets it who has just cloned, and its past."""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker import wait_until
from dashboard_kit import Device, Page
from door_kit import PACK
from facedoor.dashboard import hosting
from facedoor.demo.past_week import DAYS, Imagined, imagine
from facedoor.demo.two_doors import DOORS
from facedoor.wire.decisions import Decision
from facedoor.wire.roles import DoorIdentity, public_key_from_text, public_key_text

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def week(door: str) -> list[Imagined]:
    numbers = count()
    return list(imagine(door, NOON, 0.84, lambda: f"3f9a1c07-{next(numbers)}"))


@pytest.mark.parametrize("door", [door.name for door in DOORS])
def test_past_is_over_in_order_and_each_visit_has_an_id_of_its_own(door: str) -> None:
    told = week(door)
    moments = [each.moment for each in told]
    assert moments == sorted(moments)
    assert NOON - timedelta(days=DAYS) < moments[0] < moments[-1] < NOON
    visits = [each.event for each in told if isinstance(each.event, Decision)]
    assert len({visit.visit for visit in visits}) == len(visits) > 10
    for visit in visits:
        assert visit.began is not None
        assert visit.began < visit.time
        assert visit.granted == (visit.person is not None)
        assert not visit.granted or visit.distance < visit.threshold


def test_the_same_past_is_made_up_each_time() -> None:
    assert [each.event for each in week("front")] == [each.event for each in week("front")]


class SimulatedPage(Page):
    """The page of a site that runs already."""

    def __init__(self, origin: str, folder: Path) -> None:
        self.origin = origin
        self.port = int(origin.rpartition(":")[2])
        self._folder = folder

    @property
    def authority(self) -> Path:
        return self._folder / "dashboard-state" / "certificates" / "ca.pem"


@pytest.fixture(scope="module")
def link(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The invitation that it prints, and where it keeps its files."""
    if not (hosting.STATIC / "index.html").is_file():
        pytest.skip("the page is not bundled: make edge/facedoor/dashboard/static/index.html")
    folder = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, "-m", "facedoor.demo.dashboard", "--pack", str(PACK)]
    command += ["--photos", str(photos), "--output", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        if "/join#" in line:
            break
    assert "/join#" in told[-1], "".join(told)
    yield told[-1].strip(), folder
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in rest) == (0, False), rest
    assert rest.rstrip().endswith("the doors and the page have ended")
    assert not (folder / "front-state" / "facedoor.db-wal").exists()


def test_one_link_joins_both_doors_and_shows_their_past_week(link: tuple[str, Path]) -> None:
    text, folder = link
    address = urlsplit(text)
    said = parse_qsl(address.fragment)
    device = Device(SimulatedPage(f"{address.scheme}://{address.netloc}", folder))
    seed = base64.urlsafe_b64decode(dict(said)["k"] + "=")
    own, device.key = device.key, Ed25519PrivateKey.from_private_bytes(seed)
    doors = {}
    for value in (value for key, value in said if key == "d"):
        name, _, public_key = value.partition(".")
        doors[name] = DoorIdentity(public_key_from_text(public_key)).id
        public = public_key_text(own.public_key().public_bytes_raw())
        token = device.token(doors[name], "join", key=public)
        answer = device.post("/api/join", {"door": name, "token": token})
        assert answer.json["message"] is not None
    device.key = own
    assert set(doors) == {"front", "back"}
    signed_in = device.sign_in(*doors.items())
    assert {name: each["role"] for name, each in signed_in.json["doors"].items()} == {
        "front": "admin",
        "back": "admin",
    }

    def past() -> bool:
        state = device.get("/api/state").json
        names = {visit["person"] for visit in state["visits"]}
        is_whole = len(state["visits"]) > 50 and {"Jerry", "Mindy", "Ben", "Madonna"} <= names
        return is_whole and all(door["online"] for door in state["doors"])

    wait_until(past, "the page knows the past week of both doors", within_s=60)
