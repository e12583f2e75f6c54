"""The dashboard's server for a measurement, which loads nothing that the server does not.

``python -m benchmarks.dashboard_server FOLDER WORD BROKER PORT``. It needs no bundle of the page;
who knows the word may see all.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from facedoor.config.options import Config, DashboardConfig, MqttConfig
from facedoor.dashboard import app
from facedoor.dashboard.certificates import MadeCertificate
from facedoor.dashboard.host_names import host_names, origin
from facedoor.dashboard.hosting import Hosting, listening_sockets
from facedoor.dashboard.proxy import ProxyUsers


def main(folder: Path, word: str, broker: int, port: int) -> None:
    page = DashboardConfig(listen="127.0.0.1", port=port, directory=str(folder), username="")
    config = Config(mqtt=MqttConfig("127.0.0.1", broker), dashboard=page)
    certificate = MadeCertificate(folder / "certificates", host_names(page))
    hosting = Hosting(origin(page), certificate, ProxyUsers(word), folder, folder)
    secure, _ = listening_sockets(page)
    asyncio.run(app.serve(config, hosting, secure, began=lambda: print("ready", flush=True)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
