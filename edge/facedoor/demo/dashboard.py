"""``python -m facedoor.demo.dashboard``: two simulated doors and the page that shows them.

A broker for this machine alone, two doors to which people walk up all the time, a past week that is
made up, and the page over https at localhost. It goes on until Ctrl-C.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path

from rich.console import Console

from facedoor.commands.keys import qr_code
from facedoor.demo.simulated_site import simulated_site
from facedoor.errors import FacedoorError
from facedoor.wire.roles import Role


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m facedoor.demo.dashboard", description=__doc__)
    parser.add_argument("--pack", type=Path, required=True, help="folder of the pack")
    parser.add_argument("--photos", type=Path, required=True, help="folder with train/ and val/")
    parser.add_argument("--output", type=Path, required=True, help="where doors and page are kept")
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    console = Console()

    def told(text: str) -> None:
        console.print(f"[dim]{text}[/dim]", soft_wrap=True, highlight=False)

    try:
        with simulated_site(options.pack, options.photos, options.output, told) as site:
            link = site.invitation("You", Role.ADMIN)
            console.print(f"\nThe page: [bold]{site.url}[/bold]", highlight=False)
            console.print(
                "Your browser does not know its certificate: go on to it once, or see "
                f"{site.url}/install",
                soft_wrap=True,
                highlight=False,
            )
            console.print("To use it as an admin, open this link, which works once:\n")
            print(f"{link}\n\n{qr_code(link)}", flush=True)
            console.print("Ctrl-C ends all of it.")
            site.wait()
    except FacedoorError as error:
        print(f"dashboard: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nthe doors and the page have ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
