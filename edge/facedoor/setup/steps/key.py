"""The first key: whoever has it may give the door commands."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from facedoor.cli.keys import make_key, qr_code
from facedoor.commands.keys import CommandKeys, Role
from facedoor.setup.guide import Bench, Step
from facedoor.storage.key_file import load_vault
from facedoor.storage.store import open_store

_SCREEN = "screen"


def _reached(bench: Bench) -> str:
    settings = bench.settings
    if not settings.database.exists():
        return ""
    with closing(open_store(settings.database, load_vault(settings))) as db:
        good = [key.name for key in CommandKeys(db).all() if not key.revoked_at]
    return f"keys of {', '.join(good)}" if good else ""


def _do(bench: Bench) -> None:
    talk = bench.talk
    talk.say(
        "A key signs commands: to enrol over MQTT, to unlock, to lock down. The door keeps only "
        "its public half. Whoever has the private half of this one may do everything."
    )
    name = talk.ask("whose key is it", "admin")
    answer = talk.ask(f"file for its private half, or {_SCREEN} for a QR code here", _SCREEN)
    file = None if answer == _SCREEN else Path(answer).expanduser().absolute()
    key, text = make_key(bench.settings, name, Role.ADMIN, file)
    talk.say(f"The door obeys {key.name} from now on, fingerprint {key.fingerprint}.")
    if file:
        talk.say(f"Its private half is in {file}: move it to where commands are given.")
    else:
        talk.say("Its private half, shown this once:")
        talk.say(text)
        talk.say(qr_code(text))


KEY = Step("the first key for commands", _reached, _do)
