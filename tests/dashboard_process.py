"""The dashboard as a process of its own: ``python dashboard_process.py CONFIG STATIC [CLOCK]``.

It needs no bundle of the page, and says on its output when it answers. Its wall clock is ahead by
as many seconds as stand in the file ``CLOCK``, which a test writes while it runs.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

if len(sys.argv) > 3:
    # Before anybody imports it.
    _true_s, _clock = time.time, Path(sys.argv[3])
    time.time = lambda: _true_s() + float(_clock.read_text())

from facedoor.config import file as config_file
from facedoor.dashboard import app
from facedoor.dashboard.certificates import MadeCertificate
from facedoor.dashboard.host_names import host_names, origin
from facedoor.dashboard.hosting import Hosting, listening_sockets
from facedoor.dashboard.proxy import proxy_users


def main(config: Path, static: Path) -> None:
    settings = config_file.load(config)
    page = settings.dashboard
    certificate = MadeCertificate(page.folder / "certificates", host_names(page))
    hosting = Hosting(origin(page), certificate, proxy_users(page), page.folder, static)
    secure, plain = listening_sockets(page)
    asyncio.run(app.serve(settings, hosting, secure, plain, lambda: print("ready", flush=True)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
