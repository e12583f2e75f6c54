"""Somebody's browser before the dashboard's page: headless Chromium, driven by Playwright."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Playwright, Request, expect
from playwright.sync_api import Page as Tab

from crowd import Crowd, CrowdDoor
from dashboard_kit import Page
from facedoor.times import utc_now
from facedoor.wire.roles import CommandKey, Role, fingerprint, public_key_from_text, public_key_text
from page_kit import PAGE

CHROMIUM = "/usr/bin/chromium"
DEADLINE_MS = 30_000
expect.set_options(timeout=DEADLINE_MS)

DESKTOP, PHONE, SMALL = (
    {"width": 1440, "height": 900},
    {"width": 390, "height": 844},
    {"width": 360, "height": 740},
)

_WATCH = """addEventListener("securitypolicyviolation", (event) =>
  console.error("violation", event.violatedDirective, event.blockedURI, event.sample))"""


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """Debian's Chromium; as root it has to go without its sandbox."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", *arguments]
    )


class Visitor:
    """A browser with nothing in it yet, at one page's server.

    ``complaints`` gathers what no page may do: violations of the policy, errors of scripts, and
    requests that leave the origin.
    """

    def __init__(self, browser: Browser, page: Page, **options: Any) -> None:
        """``options`` are those of Playwright's context, such as ``viewport``."""
        given = {"viewport": DESKTOP, "locale": "en-GB", **options}
        self.context = browser.new_context(ignore_https_errors=True, **given)
        self.context.set_default_timeout(DEADLINE_MS)
        self.context.add_init_script(_WATCH)
        self.origin = page.origin
        self.complaints: list[str] = []
        self.context.on("request", self._look)
        self.tab = self.new_tab()

    def new_tab(self) -> Tab:
        tab = self.context.new_page()
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on(
            "console",
            lambda said: self.complaints.append(said.text) if "violation" in said.text else None,
        )
        return tab

    def open(self, path: str = "/") -> Tab:
        """The tab at that page, once its heading is there."""
        self.tab.goto(self.origin + path)
        self.tab.locator("h1").first.wait_for()
        return self.tab

    def join(self, doors: Crowd | Sequence[CrowdDoor], role: Role, name: str = "phone") -> Tab:
        """Take an invitation to those doors; the tab is at Now then."""
        tab = self.tab
        tab.goto(invitation(self.origin, doors, role, name))
        tab.get_by_role("button", name="Join on this device").click()
        tab.get_by_role("button", name="Go to Now").click()
        expect(tab.get_by_role("heading", name="Now")).to_be_visible()
        return tab

    def close(self) -> None:
        self.context.close()

    def _look(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "blob:", "data:")):
            self.complaints.append(f"asked {request.url}")


NewVisitor = Callable[..., Visitor]
"""Makes one; its options are those of Playwright's context."""


def invitation(
    origin: str, doors: Crowd | Sequence[CrowdDoor], role: Role, name: str = "phone"
) -> str:
    """The address of an invitation that all those doors take, once."""
    known = list(doors.doors.values()) if isinstance(doors, Crowd) else doors
    invited = Ed25519PrivateKey.generate()
    for door in known:
        _expect(door, invited, role, name)
    parts = [f"k={base64.urlsafe_b64encode(invited.private_bytes_raw()).rstrip(b'=').decode()}"]
    parts += [
        f"d={quote(door.name, safe='')}.{public_key_text(door.key.identity.public_key)}"
        for door in known
    ]
    parts += [f"r={role.value}", f"n={quote(name, safe='')}", f"e={int(time.time()) + 3600}"]
    return f"{origin}/join#{'&'.join(parts)}"


def _expect(door: CrowdDoor, invited: Ed25519PrivateKey, role: Role, name: str) -> None:
    door.knows(invited, Role.INVITED, name)
    is_used = False

    def join(args: dict[str, Any]) -> dict[str, Any]:
        nonlocal is_used
        if is_used:
            return {"outcome": "refused", "reason": "invitation_used", "message": "it was used"}
        is_used = True
        public = public_key_from_text(args["key"])
        key = CommandKey(fingerprint(public), name, role, public, utc_now())
        door.keys[key.fingerprint] = key
        return {"key": key.fingerprint, "role": role.value, "key_name": name}

    door.answers["join"] = join


AA = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What axe looks at: WCAG 2.2 AA, or what of that colours alone decide."""


def axe_violations(tab: Tab, looked_at: dict[str, object] = AA) -> list[str]:
    """What axe finds, a line each; the context has to bypass the policy."""
    if not tab.evaluate("'axe' in window"):
        tab.add_script_tag(content=(PAGE / "node_modules/axe-core/axe.min.js").read_text())
    found = tab.evaluate("(runOnly) => axe.run({ runOnly })", looked_at)
    return [
        f"{one['id']}: {node['html'][:200]}: {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def sideways_px(tab: Tab) -> int:
    """By how much the page is wider than the screen, once it is drawn."""
    tab.evaluate("() => new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))")
    return int(tab.evaluate("document.documentElement.scrollWidth - innerWidth"))
