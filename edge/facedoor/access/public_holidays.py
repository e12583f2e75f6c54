"""The public holidays of a country or of one of its regions, as the package holidays knows them.

It is wanted only where the rules name a country, and is loaded only there. Where it is missing, the
rules cannot be read, so nobody comes in by them: whether a day is a holiday must not be guessed.
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from facedoor.errors import ConfigError
from facedoor.languages import _
from facedoor.strict import StrictError, nearest, shown


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """``country`` is a code of ISO 3166 such as DE, ``region`` one of its parts, such as BY."""

    country: str
    region: str | None = None

    def __contains__(self, day: date) -> bool:
        """Raises :class:`ConfigError` for a year of which nothing is known."""
        return day in _days(self.country, self.region, day.year)

    def require(self) -> None:
        """Raise :class:`StrictError` unless the package is there and knows the place."""
        known = _library().list_supported_countries()
        if self.country not in known:
            raise StrictError(
                _(
                    "is {shown}, no code of a country whose holidays are known: write one such as "
                    "DE"
                ).format(shown=shown(self.country)),
                ("country",),
            )
        if self.region is not None and self.region not in known[self.country]:
            hint = nearest(self.region, known[self.country]) if known[self.country] else ""
            hint = hint or _(", and {country} has none: leave it out").format(country=self.country)
            raise StrictError(f"is {shown(self.region)}{hint}", ("region",))
        # Loads what is particular to the country, so that the doorkeeper need not wait for it.
        _library().country_holidays(self.country, subdiv=self.region)


@functools.lru_cache(maxsize=64)
def _days(country: str, region: str | None, year: int) -> frozenset[date]:
    found = _library().country_holidays(country, subdiv=region, years=year)
    if not found.start_year <= year <= found.end_year:
        raise ConfigError(
            _(
                "the public holidays of {country} in {year} are not known, only those from "
                "{start_year} to {end_year}: update facedoor, or list the days"
            ).format(
                country=country, year=year, start_year=found.start_year, end_year=found.end_year
            )
        )
    return frozenset(found)


def _library() -> Any:
    try:
        return importlib.import_module("holidays")
    except ImportError as error:
        raise StrictError(
            _(
                "names a country, and the package holidays is not installed: pip install "
                "'facedoor[holidays]', or list the days"
            )
        ) from error
