"""``make screenshots``: every page of the dashboard over the simulated site, as people see it.

On a desktop, in the dark, and on a phone, in build/screenshots; each is to be looked at as its
owner would. The site runs while they are taken, with the system's Chromium. Those in ``to-share``
have silhouettes in the place of people, whose photos are not ours to spread.
"""

from __future__ import annotations

import argparse
import base64
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from facedoor.demo.silhouettes import silhouette, write_silhouette
from facedoor.demo.simulated_site import Site, simulated_site
from facedoor.wire.roles import Role

CLONE = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

PAGES = {
    "now": "/",
    "visits": "/visits",
    "visit": "/visits/{visit}",
    "people": "/people",
    "person": "/people/Madonna",
    "access": "/access",
    "doors": "/doors",
    "door": "/doors/front",
    "journal": "/journal",
    "devices": "/devices",
    "settings": "/settings",
    "install": "/install",
}
"""By the name of the picture: where the page is. ``join`` is taken on the way in."""

SHARED = {"desktop": "now", "phone": "visit"}
"""What is to be shown to others: which page on which screen."""

SETTLED_S = 12.0
"""How long a page may take until nothing on it turns any more."""


@dataclass(frozen=True, slots=True)
class Screen:
    """On what a page is looked at."""

    name: str
    width_px: int
    height_px: int
    is_dark: bool = False
    is_phone: bool = False

    @property
    def context(self) -> dict[str, Any]:
        """As a context of the browser."""
        return {
            "viewport": {"width": self.width_px, "height": self.height_px},
            "color_scheme": "dark" if self.is_dark else "light",
            "device_scale_factor": 2 if self.is_phone else 1,
            "has_touch": self.is_phone,
            "ignore_https_errors": True,
            "reduced_motion": "reduce",
        }


SCREENS = (
    Screen("desktop", 1440, 900),
    Screen("dark", 1440, 900, is_dark=True),
    Screen("phone", 390, 844, is_phone=True),
)


@contextmanager
def joined(browser: Browser, site: Site, screen: Screen, picture: Path) -> Iterator[Page]:
    """A page of a browser that has joined the site; how that looked stands in ``picture``."""
    with browser.new_context(**screen.context) as context:
        page = context.new_page()
        page.goto(site.invitation(f"{screen.name} of the pictures", Role.ADMIN))
        button = page.get_by_role("button", name=re.compile("join", re.I)).last
        button.wait_for()
        page.screenshot(path=picture)
        button.click()
        page.get_by_text("has joined").first.wait_for()
        page.goto(site.url)
        settle(page)
        yield page


def settle(page: Page) -> None:
    """Wait until the page has a heading and nothing on it turns."""
    page.locator("h1").first.wait_for(timeout=SETTLED_S * 1000)
    page.wait_for_timeout(600)
    try:
        page.wait_for_function(
            "() => !document.querySelector('.spinner, [aria-busy=true]')",
            timeout=SETTLED_S * 1000,
        )
    except BrowserError:
        print(f"  {page.url}: something still turns after {SETTLED_S:.0f} s", file=sys.stderr)
    page.wait_for_timeout(300)


def hide_people(page: Page, folder: Path) -> None:
    """Put a silhouette in the place of each picture of somebody."""
    file = folder / "silhouette.png"
    write_silhouette(file, silhouette((480, 360), ((205, 150), (275, 150), (240, 185), (240, 220))))
    data = base64.b64encode(file.read_bytes()).decode()
    file.unlink()
    page.evaluate(
        """data => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
          const people = [...document.querySelectorAll("img[src^='blob:']")];
          return Promise.all(people.map((image) => { image.src = url; return image.decode(); }));
        }""",
        data,
    )


def visit_of(page: Page) -> str:
    """The id of a visit that says most: of somebody refused in the past week."""
    visits = page.evaluate("async () => (await (await fetch('/api/state')).json()).visits")
    refused = [visit for visit in visits if visit["outcome"] == "refused" and visit["person"]]
    return str((refused or visits)[-1]["id"])


def take(site: Site, output: Path) -> int:
    """Take all pictures; returns how many."""
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    count = 0
    with sync_playwright() as playwright:
        found = next(path for name in BROWSERS if (path := shutil.which(name)))
        # --no-sandbox, for whoever is root: it shows only the page of this machine.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for screen in SCREENS:
            with joined(browser, site, screen, output / f"join-{screen.name}.png") as page:
                visit = visit_of(page)
                for name, path in PAGES.items():
                    page.goto(site.url + path.format(visit=visit))
                    settle(page)
                    page.screenshot(path=output / f"{name}-{screen.name}.png")
                    count += 1
                if shown := SHARED.get(screen.name):
                    page.goto(site.url + PAGES[shown].format(visit=visit))
                    settle(page)
                    shared = output / "to-share"
                    hide_people(page, shared)
                    page.screenshot(path=shared / f"{shown}-{screen.name}.png")
            print(f"{screen.name}: {len(PAGES) + 1} pictures", flush=True)
        browser.close()
    return count + len(SCREENS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshots", description=__doc__)
    parser.add_argument("--output", type=Path, default=CLONE / "build" / "screenshots")
    options = parser.parse_args()
    build = CLONE / "build"
    with simulated_site(
        build / "pack", build / "photos", build / "screenshots-site", print
    ) as site:
        count = take(site, options.output)
    print(f"{count} pictures are in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
