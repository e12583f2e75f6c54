"""What cannot be true at once, beside what :mod:`facedoor.config.pins` says of the pins."""

from __future__ import annotations

from collections.abc import Iterator

from facedoor.config.options import Config
from facedoor.config.pins import Impossible, impossible_pins
from facedoor.languages import _


def impossible(settings: Config) -> Iterator[Impossible]:
    """Every set of options that exclude each other."""
    yield from impossible_pins(settings)
    if settings.models.second and settings.recognition.threshold is not None:
        yield Impossible(
            _(
                "[models] second is set, and [recognition] threshold, which is a distance by "
                "the first network alone: take one of the two out"
            ),
            ("models", "second"),
            ("recognition", "threshold"),
        )
    page = settings.dashboard
    if page.http_port == page.port:
        yield Impossible(
            _(
                "[dashboard] http_port is {port}, as port is: give plain http a port of its "
                "own, or 0"
            ).format(port=page.port),
            ("dashboard", "http_port"),
            ("dashboard", "port"),
        )
    if page.private_key and not page.certificate:
        yield Impossible(
            _("[dashboard] private_key is set without a certificate: set certificate too"),
            ("dashboard", "private_key"),
            ("dashboard", "certificate"),
        )
    if page.key_file and not page.cert_file:
        yield Impossible(
            _("[dashboard] key_file is set without a certificate: set cert_file too"),
            ("dashboard", "key_file"),
            ("dashboard", "cert_file"),
        )
    if page.password_file and not page.username:
        yield Impossible(
            _("[dashboard] password_file is set without a user: set username too"),
            ("dashboard", "password_file"),
            ("dashboard", "username"),
        )
