"""View model of the form of a variant, with what stamps in print say of its GTINs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import url_for

from app.producers.labels import gtin_label
from app.producers.products.pages import product_crumbs
from app.producers.products.queries import ProductView, VariantView
from app.web.components import Action, Crumb
from app.web.filters import number
from app.web.language import gettext, ngettext

NOTHING_PRINTED: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True)
class VariantPage:
    """The form of a variant: a new one (`is_new`), or one for sale, which may also be retired.

    `printed`: what stamps in print say of its GTINs, today's and those it had.
    """

    title: str
    crumbs: tuple[Crumb, ...]
    product: str
    product_url: str
    is_new: bool
    example: bool
    demonstration: bool
    printed: tuple[str, ...]
    retire: Action | None


def variant_page(
    product: ProductView, variant: VariantView | None, printed: Mapping[str, int] = NOTHING_PRINTED
) -> VariantPage:
    """The page of a variant, or of a new one; `printed`: how many stamps in print carry which GTIN."""
    title = variant.pack if variant else gettext("Thêm quy cách")
    return VariantPage(
        title=title,
        crumbs=product_crumbs(product, title),
        product=product.name,
        product_url=url_for("portal.product", slug=product.slug),
        is_new=variant is None,
        example=variant is not None and variant.example,
        demonstration=variant is not None and variant.demonstration,
        printed=tuple(_printed(variant, printed)) if variant else (),
        retire=_retire(product, variant) if variant else None,
    )


def _printed(variant: VariantView, printed: Mapping[str, int]) -> Iterable[str]:
    for gtin, stamps in printed.items():
        if gtin == variant.gtin:
            yield ngettext(
                "%(n)s tem trong các cuộn đã in mang mã GTIN này. Đổi mã thì tem ấy giữ mã đã in, quét vẫn đúng.",
                "%(n)s tem trong các cuộn đã in mang mã GTIN này. Đổi mã thì tem ấy giữ mã đã in, quét vẫn đúng.",
                stamps,
                n=number(stamps),
            )
        else:
            yield former_gtin_label(gtin, stamps)


def former_gtin_label(gtin: str, stamps: int) -> str:
    """So many stamps in print carry a number the variant has no more."""
    return ngettext(
        "%(n)s tem trong các cuộn đã in vẫn mang mã cũ %(gtin)s, quét vẫn đúng.",
        "%(n)s tem trong các cuộn đã in vẫn mang mã cũ %(gtin)s, quét vẫn đúng.",
        stamps,
        n=number(stamps),
        gtin=gtin_label(gtin),
    )


def _retire(product: ProductView, variant: VariantView) -> Action:
    return Action(
        gettext("Ngừng bán quy cách này"),
        url_for("portal.retire_variant", slug=product.slug, public_id=variant.public_id),
        kind="alarm",
        method="post",
        confirm=gettext("Ngừng bán quy cách này?"),
    )
