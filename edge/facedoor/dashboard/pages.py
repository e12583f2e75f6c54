"""The page itself: one document under all its addresses, and the files that it is made of."""

from __future__ import annotations

import gzip
import mimetypes
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

ADDRESSES = (
    "/",
    "/visits",
    "/visits/{id}",
    "/people",
    "/people/{name}",
    "/access",
    "/doors",
    "/doors/{name}",
    "/journal",
    "/devices",
    "/join",
    "/settings",
)
FOR_EVER = "public, max-age=31536000, immutable"
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_HASHED = re.compile(r"-[A-Za-z0-9]{8,}\.")
_NOTHING = PlainTextResponse("there is no such file\n", status_code=404)
_COMPRESSIBLE = ("text/", "application/json", "application/manifest", "image/svg")


class Pages:
    """Serves what the bundle left in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._compressed: dict[str, bytes] = {}

    @property
    def routes(self) -> list[Route]:
        return [
            *(Route(address, self._page) for address in ADDRESSES),
            Route("/static/{name}", self._file),
            Route("/api/{rest:path}", self._nothing),
            Route("/{rest:path}", self._missing),
        ]

    async def _page(self, request: Request) -> Response:
        return self._answer(request, "index.html")

    async def _missing(self, request: Request) -> Response:
        """The page says that it has no such one, and where to go."""
        answer = self._answer(request, "index.html")
        answer.status_code = 404
        return answer

    async def _nothing(self, _request: Request) -> Response:
        return _NOTHING

    async def _file(self, request: Request) -> Response:
        return self._answer(request, request.path_params["name"])

    def _answer(self, request: Request, name: str) -> Response:
        file = self._folder / name
        if not _NAME.fullmatch(name) or not file.is_file():
            return _NOTHING
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        is_lasting = _HASHED.search(name) is not None
        headers = {"cache-control": FOR_EVER if is_lasting else "no-cache"}
        if "gzip" in request.headers.get("accept-encoding", "") and kind.startswith(_COMPRESSIBLE):
            headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
            content = self._compressed.get(name) or gzip.compress(file.read_bytes())
            if is_lasting:
                self._compressed[name] = content
        else:
            content = file.read_bytes()
        return Response(content, media_type=kind, headers=headers)
