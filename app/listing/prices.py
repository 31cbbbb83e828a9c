"""A price as pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from app.catalogue.queries import VariantView


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one unit of a pack. `amount` and `per_hundred` in đồng with tax.

    `per_hundred` is what 100 g or ml cost; None where the content is not known in those, or is less than that.
    """

    amount: int
    unit: str
    example: bool
    measure: str = ""
    per_hundred: int | None = None


def price_of(variant: VariantView) -> Price | None:
    """The price of a pack; None while it is not for sale."""
    if not variant.price:
        return None
    weight, measure = variant.net_weight, variant.net_unit
    compared = weight is not None and weight > 100 and measure in ("g", "ml")
    return Price(
        amount=variant.price,
        unit=variant.pack,
        example=variant.example,
        measure=measure,
        per_hundred=variant.price * 100 // weight if weight and compared else None,
    )
