"""A price as components show it: per 100 g or ml only where that tells something."""

from __future__ import annotations

import pytest

from app.catalogue.queries import VariantView
from app.listing.prices import price_of


def variant(**facts: object) -> VariantView:
    whole = dict.fromkeys(VariantView.__dataclass_fields__)
    return VariantView(**{**whole, "pack": "Hũ", "example": False, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize("price", [None, 0])
def test_a_variant_without_a_price_has_none_to_show(price: int | None) -> None:
    assert price_of(variant(price=price, net_weight=500, net_unit="g")) is None


@pytest.mark.parametrize(
    ("weight", "unit", "per_hundred"),
    [(500, "g", 20_000), (250, "ml", 40_000), (100, "g", None), (3, "piece", None), (None, "g", None)],
)
def test_a_price_for_a_hundred_stands_beside_larger_weights_and_volumes(
    weight: int | None, unit: str, per_hundred: int | None
) -> None:
    price = price_of(variant(price=100_000, net_weight=weight, net_unit=unit))
    assert price is not None
    assert (price.amount, price.per_hundred) == (100_000, per_hundred)
