"""Who a reverse proxy says is there: for reading only, and only with the secret they share.

A proxy with single sign-on adds two headers to each request: the user's name and a secret that no
browser knows. Without the right secret the name counts for nothing, whoever sends it. Nobody signs
a command by that: for it a browser needs a key of its own, as ever.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from pathlib import Path

from facedoor.config.file import credential_file, is_credential
from facedoor.config.options import DashboardConfig
from facedoor.errors import DashboardError
from facedoor.files import read_text, require_private
from facedoor.languages import _

USER, PASS = "x-facedoor-user", "x-facedoor-proxy-secret"
CREDENTIAL = "proxy-secret"

LEAST_CHARACTERS = 32
_LONGEST_NAME = 100


class ProxyUsers:
    """Believes what the proxy says; without a secret it believes nothing."""

    def __init__(self, secret: str = "") -> None:
        self._secret = secret.encode()

    def user_of(self, headers: Mapping[str, str]) -> str | None:
        """The name that the proxy gives of the user who asks; ``None`` if it gives none.

        ``headers`` by names in small letters, as they came.
        """
        said = headers.get(PASS, "").encode(errors="surrogateescape")
        if not self._secret or not hmac.compare_digest(said, self._secret):
            return None
        name = headers.get(USER, "").strip()
        return name if 0 < len(name) <= _LONGEST_NAME and name.isprintable() else None


def proxy_users(page: DashboardConfig) -> ProxyUsers:
    """With the secret that the configuration or systemd gives, if one does.

    Raises :class:`DashboardError` for a file that cannot be read, and for a secret to be guessed.
    """
    given = credential_file(CREDENTIAL)
    path = Path(page.proxy_secret_file) if page.proxy_secret_file else given
    if path is None:
        return ProxyUsers()
    try:
        if not is_credential(path):
            require_private(path)
        secret = read_text(path).strip()
    except OSError as error:
        raise DashboardError(
            _(
                "[dashboard] proxy_secret_file: cannot use {path} ({strerror}): it has to be a "
                "file of mode 0600 that this user may read"
            ).format(path=path, strerror=error.strerror)
        ) from error
    except UnicodeDecodeError as error:
        raise DashboardError(
            _("[dashboard] proxy_secret_file: {path} is not text").format(path=path)
        ) from error
    if len(secret) < LEAST_CHARACTERS or not (secret.isascii() and secret.isprintable()):
        raise DashboardError(
            _(
                "[dashboard] proxy_secret_file: the secret in {path} has to be of "
                "{least} plain characters or more: openssl rand -hex 32"
            ).format(path=path, least=LEAST_CHARACTERS)
        )
    return ProxyUsers(secret)
