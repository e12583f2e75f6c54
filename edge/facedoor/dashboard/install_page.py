"""``/install``: how a device comes to trust the page's CA, and the CA itself in three forms.

Plain HTML without a script, in English or German, also over plain http: whoever does not trust the
page yet has to be able to read it. The CA's fingerprint is what makes that safe, so it is to be
compared with what the machine itself says.
"""

from __future__ import annotations

import plistlib
import re
import uuid
from collections.abc import Callable
from html import escape
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from facedoor.dashboard.certificates import fingerprint
from facedoor.dashboard.install_words import LANGUAGES, Guide, Language, Words, words

_STYLE = Path(__file__).with_name("install") / "install.css"
_NAMESPACE = uuid.UUID("7e0c4f3c-5a1b-4a42-9a4f-2f8b1f6d9e10")
"""Of the identifiers of profiles, so that a CA has always the same and another CA another."""


def install_routes(authority: x509.Certificate | None, origin: str, static: Path) -> list[Route]:
    """The routes of the page and of the CA; without one there is nothing to install.

    ``origin`` is where the page is served by https. ``static`` is the folder of the bundle, whose
    style this page shares.
    """
    head = _head(static)

    def page(request: Request) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        said = words(language)
        body = _body(said, authority, origin, request.headers.get("user-agent", ""))
        return HTMLResponse(
            f'<!doctype html>\n<html lang="{language}">\n<head>\n{head}'
            f"<title>{said.title} - facedoor</title>\n</head>\n"
            f'<body>\n<main class="install stack wide">\n{body}</main>\n</body>\n</html>\n',
            headers={"Content-Language": language, "Vary": "Accept-Language, User-Agent"},
        )

    routes = [
        Route("/install", page),
        Route("/install.css", _file(_STYLE.read_bytes(), "text/css")),
    ]
    if authority is not None:
        pem, der = (authority.public_bytes(form) for form in (Encoding.PEM, Encoding.DER))
        profile = mobileconfig(authority, origin)
        routes += [
            Route("/ca.pem", _file(pem, "application/x-pem-file", "facedoor-ca.pem")),
            Route("/ca.der", _file(der, "application/x-x509-ca-cert", "facedoor-ca.crt")),
            Route(
                "/ca.mobileconfig",
                _file(profile, "application/x-apple-aspen-config", "facedoor.mobileconfig"),
            ),
        ]
    return routes


def mobileconfig(authority: x509.Certificate, origin: str) -> bytes:
    """A configuration profile by which iPhones, iPads and Macs take the CA."""
    number = fingerprint(authority)
    name = authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    identifier = f"facedoor.dashboard.{number.replace(':', '')[:16].lower()}"
    certificate = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.ca",
        "PayloadUUID": str(uuid.uuid5(_NAMESPACE, f"{number} ca")).upper(),
        "PayloadDisplayName": name,
        "PayloadCertificateFileName": "facedoor-ca.crt",
        "PayloadContent": authority.public_bytes(Encoding.DER),
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": identifier,
            "PayloadUUID": str(uuid.uuid5(_NAMESPACE, number)).upper(),
            "PayloadDisplayName": "facedoor",
            "PayloadDescription": f"Lets this device trust {origin}, and nothing else. {number}",
            "PayloadRemovalDisallowed": False,
            "PayloadContent": [certificate],
        }
    )


def language_of(accepted: str) -> Language:
    """The better of English and German by the header Accept-Language; else English."""
    best = dict.fromkeys(LANGUAGES, 0.0)
    for part in accepted.lower().split(","):
        name, _, rest = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", rest)
        for language in best:
            if name.split("-")[0] == language:
                best[language] = max(best[language], float(weight[1]) if weight else 1.0)
    return "de" if best["de"] > best["en"] else "en"


def _file(data: bytes, kind: str, name: str = "") -> Callable[[Request], Response]:
    """What answers with ``data``; with a ``name`` it is saved rather than shown."""
    headers = {"Cache-Control": "no-cache"}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'

    def answer(_: Request) -> Response:
        return Response(data, media_type=kind, headers=headers)

    return answer


def _head(static: Path) -> str:
    """The head of the page, with the links of the bundle's, which have a hash in their names."""
    index = static / "index.html"
    built = index.read_text() if index.is_file() else ""
    shared = re.findall(r'<link rel="(?:stylesheet|icon)"[^>]*>|<meta name="theme[^>]*>', built)
    lines = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        *shared,
        '<link rel="stylesheet" href="/install.css">',
    ]
    return "".join(f"{line}\n" for line in lines)


def _body(said: Words, authority: x509.Certificate | None, origin: str, agent: str) -> str:
    heading = f"<header><h1>{said.title}</h1></header>\n"
    link = f'<a class="button" href="{escape(origin)}/">{said.open_page}</a>'
    if authority is None:
        return f'{heading}<p class="lead">{said.not_needed}</p>\n<p>{link}</p>\n'
    names = "".join(f'<li class="badge">{escape(name)}</li>' for name in names_of(authority))
    own = _guide_for(said, agent)
    guides = "".join(_drawn(guide, is_open=guide is own) for guide in said.guides)
    return (
        f'{heading}<p class="lead">{said.lead}</p>\n'
        f'<section class="card"><header><h2>{said.fingerprint}</h2></header>'
        f'<div class="body stack"><code class="code fingerprint">{_broken(fingerprint(authority))}'
        f'</code><p>{_marked(said.check)}</p><div><p class="muted">{said.limited}</p>'
        f'<ul class="names">{names}</ul></div></div></section>\n'
        f'<section class="card">{guides}</section>\n'
        f'<p class="row wraps">{said.after} <code>{escape(origin)}</code> {link}</p>\n'
    )


def names_of(authority: x509.Certificate) -> list[str]:
    """The names and addresses that the CA may vouch for, as people write them."""
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return [str(each.value).partition("/")[0] for each in limits.permitted_subtrees or ()]


def _guide_for(said: Words, agent: str) -> Guide:
    """That of the system which a browser says it runs on; the phones come first, and Firefox goes
    by itself only on a computer."""
    is_phone = any(word in agent for word in ("iPhone", "iPad", "Android"))
    if "Firefox" in agent and not is_phone:
        return said.guides[-1]
    found = (guide for guide in said.guides if any(word in agent for word in guide.agents))
    return next(found, said.guides[0])


def _drawn(guide: Guide, *, is_open: bool) -> str:
    steps = "".join(f"<li>{_marked(step)}</li>" for step in guide.steps)
    return (
        f"<details{' open' if is_open else ''}><summary>{escape(guide.system)}</summary>"
        f'<div class="stack"><p><a class="button main-action" href="{guide.file}" download>'
        f'{guide.button}</a></p><ol class="steps">{steps}</ol>'
        f'<p class="muted small">{_marked(guide.compare)}</p></div></details>\n'
    )


def _marked(text: str) -> str:
    """A text of the words as HTML."""
    text = escape(text, quote=False).replace(" &gt; ", " &rsaquo; ")
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*([^*]+)\*", r"<strong>\1</strong>", text)


def _broken(number: str) -> str:
    """A fingerprint in two lines of sixteen pairs, or four of eight where the screen is narrow."""
    pairs = number.split(":")
    rows = [":".join(pairs[start : start + 8]) for start in range(0, len(pairs), 8)]
    return ":<br>".join(":<wbr>".join(rows[start : start + 2]) for start in range(0, len(rows), 2))
