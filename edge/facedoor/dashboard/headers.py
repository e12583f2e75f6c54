"""What every answer says to the browser, and what no request from elsewhere may do."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "font-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}
HSTS = "max-age=31536000"

_READING = frozenset({"GET", "HEAD"})


class Guard:
    """Puts the headers on every answer, and turns away what another site makes a browser send."""

    def __init__(self, app: ASGIApp, origin: str = "", has_own_certificate: bool = False) -> None:
        """``origin`` is the configured address of the page, which a proxy may have in place of
        ours. Only for a certificate that browsers know is HTTPS demanded for the future, too: with
        ours whoever has removed its CA could not come back."""
        self._app = app
        self._origin = origin
        self._hsts = has_own_certificate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
                if self._hsts and scope["scheme"] == "https":
                    headers["strict-transport-security"] = HSTS
            await send(message)

        if scope["method"] in _READING:
            await self._app(scope, receive, say)
            return
        headers = Headers(scope=scope)
        why = None
        if not self._is_own(scope, headers):
            why = "cross_site", "this request is from another site: use the page itself"
        elif scope["method"] != "DELETE" and not _is_json(headers):
            why = "no_json", "the content type has to be application/json"
        if why is None:
            await self._app(scope, receive, say)
        else:
            body = {"error": why[0], "message": why[1]}
            await JSONResponse(body, status_code=403)(scope, receive, say)

    def _is_own(self, scope: Scope, headers: Headers) -> bool:
        """Whether the page itself has sent it; browsers do not let others say so."""
        site = headers.get("sec-fetch-site")
        return site == "same-origin" if site else self._is_known(origin_of(scope), headers)

    def _is_known(self, own: str, headers: Headers) -> bool:
        return headers.get("origin") in {own, self._origin or own}


def origin_of(scope: Scope) -> str:
    """Where the browser believes to be, as far as this server can tell."""
    return f"{scope['scheme']}://{Headers(scope=scope).get('host', '')}"


def _is_json(headers: Headers) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
