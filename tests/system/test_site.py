"""Two whole doors of one site, each a process of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

from broker import Broker, Listener
from door_kit import Door
from facedoor.config import file as config_file
from facedoor.site.site import load_site


def test_person_is_enrolled_at_one_door_and_removed_while_the_other_is_off(
    photos: Path, tmp_path: Path, broker: Broker, listener: Listener
) -> None:
    doors = []
    for name in ("front", "back"):
        (tmp_path / name).mkdir()
        door = Door(tmp_path / name, photos)
        door.configure("door", name=name)
        door.configure("mqtt", host="127.0.0.1", port=broker.port)
        door.configure("site", name="home", key_file="site.key")
        doors.append(door)
    front, back = doors
    assert front.facedoor("site-key").exit_code == 0
    shutil.copy(front.folder / "site.key", back.folder)
    site = load_site(config_file.load(front.config))
    assert site is not None
    jerry = site.person("Jerry")

    pictures = [front.photo("Jerry", number, of="train") for number in (0, 1, 4, 5)]
    assert front.facedoor("enroll", "Jerry", "--image", *pictures).exit_code == 0
    in_front = front.run(front.walk_up(""))
    listener.wait_for(jerry)
    at_the_back = back.run(back.walk_up("Jerry"))
    assert at_the_back.wait_for(decision="granted")["person"] == "Jerry"
    at_the_back.stop()

    assert front.facedoor("people", "remove", "Jerry").exit_code == 0
    listener.wait_for(jerry)
    at_the_back = back.run(back.walk_up("Jerry"))
    at_the_back.wait_for(decision="refused", reason="unknown")
    assert not [d for d in at_the_back.stop().decisions if d["decision"] == "granted"]
    assert back.facedoor("people", "list", "--json").json == {"people": []}
    in_front.stop()
