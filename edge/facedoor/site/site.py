"""The site that a door belongs to, and the key that its doors share.

Whoever has the key can enrol people at every door of the site. It is as long as that of the state
file (:mod:`facedoor.storage.vault`), but another one. It is the systemd credential ``site-key``,
else the file that ``[site] key_file`` names.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facedoor.config.file import credential_file
from facedoor.config.options import Config
from facedoor.errors import ConfigError, UsageError
from facedoor.languages import _
from facedoor.names import name_key
from facedoor.storage.key_file import make_key, read_key, read_private_key
from facedoor.storage.vault import Vault
from facedoor.wire.topics import is_word

CREDENTIAL = "site-key"

_ID_BYTES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """What the doors of a site have in common, and how old this door's knowledge of it may be.

    ``name`` is part of MQTT topics; ``vault`` seals for all doors of the site. With older knowledge
    the door opens for no face, unless it ``opens_when_stale``.
    """

    name: str
    vault: Vault
    max_stale_s: float = 3600.0
    opens_when_stale: bool = False

    def person(self, name: str) -> str:
        """The id of a person of that name. Without the key nobody can tell the name from it."""
        return self.vault.index(name_key(name))[:_ID_BYTES].hex()


def load_site(settings: Config) -> Site | None:
    """The site of this door, if it has one.

    Raises :class:`ConfigError` for settings that cannot work and :class:`StoreError` for a key that
    cannot be used.
    """
    name = settings.site.name
    if not name:
        return None
    if not is_word(name):
        raise ConfigError(
            _(
                "[site] name is {name!r}; it is part of MQTT topics, so write one word of "
                "letters a to z, digits, - and _"
            ).format(name=name)
        )
    if not settings.mqtt.host:
        raise ConfigError(_("[site] name is set without a broker: set [mqtt] host too"))
    if path := credential_file(CREDENTIAL):
        key = read_key(path)
    else:
        key = read_private_key(_key_file(settings))
    opens_when_stale = settings.site.when_stale == "open"
    return Site(name, Vault(key), settings.site.max_stale_s, opens_when_stale)


def make_site_key(settings: Config) -> tuple[Path, str]:
    """Where the site's key is and its id, by which doors can be compared; it is made if need be.

    Raises :class:`UsageError` without a configured place, :class:`StoreError`.
    """
    path = _key_file(settings)
    if not path.exists():
        make_key(path)
    return path, Vault(read_private_key(path)).key_id


def _key_file(settings: Config) -> Path:
    if not settings.site.key_file:
        raise UsageError(
            _(
                "there is no place for the site's key: set [site] key_file, or give systemd "
                "the credential {credential}"
            ).format(credential=CREDENTIAL)
        )
    return Path(settings.site.key_file)
