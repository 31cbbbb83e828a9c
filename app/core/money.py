"""Money is a whole number of đồng (ISO 4217 VND has no decimals)."""

from __future__ import annotations

from typing import NewType

from app.core.errors import InvalidInput

Dong = NewType("Dong", int)

MAX_PRICE = Dong(1_000_000_000)


def dong(value: int) -> Dong:
    """Check an amount: a whole number of đồng, 0 or more. Floats are refused, they lose đồng."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("an amount is a whole number of đồng")
    if value < 0:
        raise InvalidInput("negative-amount", value=value)
    return Dong(value)


def price(value: int) -> Dong:
    """Check a price of one unit: 1,000 đồng (the smallest note in use) to a thousand million."""
    if not 1_000 <= value <= MAX_PRICE:
        raise InvalidInput("price-out-of-range", field="price", least=1_000, most=MAX_PRICE)
    return Dong(value)
