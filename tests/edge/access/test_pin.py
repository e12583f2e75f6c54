"""PINs: only their own digits fit, and nothing that is kept or printed shows them."""

from __future__ import annotations

import pytest

from facedoor.access.pin import PinHash, hash_pin, is_pin
from facedoor.errors import UsageError


def test_only_the_pin_itself_fits() -> None:
    kept = hash_pin("2468")
    assert is_pin("2468", kept)
    assert not [code for code in ("2469", "", "24680", "\u0662468", "é") if is_pin(code, kept)]


def test_two_hashes_of_one_pin_differ() -> None:
    assert hash_pin("2468").digest != hash_pin("2468").digest


def test_where_there_is_no_pin_nothing_fits() -> None:
    assert not is_pin("", None)
    assert not is_pin("0000", None)


def test_hash_is_not_printed() -> None:
    assert repr(hash_pin("2468")) == repr(PinHash(b"", b"")) == "PinHash()"


@pytest.mark.parametrize("pin", ["", "123", "1" * 13, "12a4", "1 34", "١٢٣٤"])
def test_what_is_no_pin_is_refused_and_not_quoted(pin: str) -> None:
    with pytest.raises(UsageError, match="4 to 12 digits") as refused:
        hash_pin(pin)
    assert not pin or pin not in str(refused.value)
