"""How the doors are: what is wrong with them, and a day of measurements."""

from __future__ import annotations

from playwright.sync_api import expect

from browser_kit import NewVisitor
from crowd import Crowd
from facedoor.problems import Problem
from facedoor.wire.roles import Role


def test_problem_stands_with_its_sentence_and_its_door_comes_first(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    front = crowd["front"]
    front.status(Problem("camera_lost", "error", "the camera is gone: plug it in", front.now()))
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/doors")
    expect(tab.locator(".door-card").first).to_contain_text("Camera lost")
    tab.get_by_role("link", name="front").click()
    expect(tab.get_by_text("the camera is gone: plug it in")).to_be_visible()
    expect(tab.locator(".problems")).to_contain_text("just now")
    figures = {"enrolled": 40, "refused": 0.41, "risk": 1e-5, "larger_risk": 1e-4}
    figures |= {"with_setting": 0.07}
    told = Problem("residents_refused", "warning", "with 40 ...", front.now(), figures=figures)
    front.status(told)
    expect(tab.locator(".problems")).to_contain_text("With 40 people enrolled about 41%")
    expect(tab.locator(".problems")).to_contain_text("it would be 7%")
    front.status()
    expect(tab.get_by_text("Nothing is wrong.")).to_be_visible()


def test_day_of_measurements_is_drawn_and_stands_in_words(
    visitor: NewVisitor, crowd: Crowd
) -> None:
    crowd["front"].telemetry(fps=11.5, temperature_c=None)
    guest = visitor()
    guest.join(crowd, Role.VIEWER)
    tab = guest.open("/doors/front")
    expect(tab.locator(".plot canvas")).to_have_count(3)
    expect(tab.get_by_text("Frame rate: now 11.5 frames/s", exact=False)).to_have_count(1)
    expect(tab.get_by_text("not known on this machine")).to_be_visible()
    captions = tab.locator(".plot figcaption")
    heights_px = captions.evaluate_all("all => all.map(one => one.clientHeight)")
    assert max(heights_px) < 80, "one letter stands below the other"


def test_door_that_is_away_is_grey_and_takes_no_commands(visitor: NewVisitor, crowd: Crowd) -> None:
    guest = visitor()
    guest.join(crowd, Role.ADMIN)
    crowd["back"].status(online=False)
    tab = guest.open("/doors")
    expect(tab.locator(".door-card.offline")).to_contain_text("Last known")
    tab.get_by_role("link", name="back").click()
    expect(tab.get_by_text("What you see is the last that it told.", exact=False)).to_be_visible()
    expect(tab.get_by_role("button", name="Commands only")).to_be_disabled()
    heard = [cmd for cmd, _ in crowd["back"].heard]
    crowd["back"].status()
    expect(tab.get_by_text("Nothing is wrong.")).to_be_visible()
    assert "mode" not in heard
