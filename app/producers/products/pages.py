"""View models of the products: the list, one product with its variants and photographs, and a variant's form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import url_for

from app.catalogue.models import AlcoholRecord
from app.certification.standing import Standing
from app.listing.goods import TOURISM
from app.listing.labels import example_price_label, place_label
from app.producers.labels import gtin_label, net_label, units_label
from app.producers.products.queries import PhotoView, ProductRow, ProductView, VariantView
from app.web.components import Action, Crumb, Notice, Pill, Row
from app.web.filters import vnd
from app.web.language import gettext, language, ngettext
from app.web.media import WIDTHS, photo_srcset, photo_url


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product in the list; no price where no variant of it is for sale."""

    name: str
    url: str
    picture: str
    standing: Standing
    pills: tuple[Pill, ...]
    price: str
    stock: str


@dataclass(frozen=True, slots=True)
class ProductsPage:
    """Every product of the producer."""

    count: str
    rows: tuple[ProductLine, ...]


@dataclass(frozen=True, slots=True)
class VariantLine:
    """A variant for sale; `gtin` and `price` are empty where there is none."""

    pack: str
    url: str
    net: str
    gtin: str
    demonstration: bool
    price: str
    example: bool
    stock: int


@dataclass(frozen=True, slots=True)
class PhotoCard:
    """A photograph with what may be done to it; the first one, which lists show, cannot be moved first."""

    srcset: str
    url: str
    width: int
    height: int
    alt: str
    field_id: str
    first: bool
    describe_url: str
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A certificate the product has had."""

    standing: Standing
    decision: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One product as its producer sees it. `tools` lead to what customers see, or show and hide it."""

    slug: str
    name: str
    crumbs: tuple[Crumb, ...]
    standing: Standing
    state: Pill
    tools: tuple[Action, ...]
    variants: tuple[VariantLine, ...]
    has_examples: bool
    only_shown: Notice | None
    variant_actions: tuple[Action, ...]
    description: str | None
    facts: tuple[Row, ...]
    photos_note: str
    photos: tuple[PhotoCard, ...]
    picture: str
    certificates: tuple[CertificateLine, ...]


@dataclass(frozen=True, slots=True)
class DescriptionPage:
    """The form of a description; `fixed` are facts that are not the producer's to change. `asks_name`: name and group
    are; `asks_alcohol`: the programme has not said yet whether it is an alcoholic drink.
    """

    crumbs: tuple[Crumb, ...]
    product_url: str
    fixed: tuple[Row, ...]
    asks_name: bool
    asks_alcohol: bool


def products_page(products: Sequence[ProductRow]) -> ProductsPage:
    """The list of these products."""
    return ProductsPage(
        count=ngettext("%(num)s sản phẩm", "%(num)s sản phẩm", len(products)),
        rows=tuple(_product_line(product) for product in products),
    )


def _product_line(product: ProductRow) -> ProductLine:
    example = (Pill(example_price_label(), "na"),) if product.example else ()
    return ProductLine(
        name=product.name,
        url=url_for("portal.product", slug=product.slug),
        picture=product.picture,
        standing=product.standing,
        pills=(_state_pill(product.published), *example),
        price=_price_range(product.lowest, product.highest),
        stock=units_label(product.stock),
    )


def _state_pill(published: bool) -> Pill:
    if published:
        return Pill(gettext("đang đăng"), "good", "check")
    return Pill(gettext("đang ẩn"), "na", "eye")


def _price_range(lowest: int | None, highest: int | None) -> str:
    return vnd(lowest) if lowest == highest else f"{vnd(lowest)} – {vnd(highest)}"


def _first_crumb() -> Crumb:
    return Crumb(gettext("Sản phẩm"), url_for("portal.products"))


def new_product_crumbs() -> tuple[Crumb, ...]:
    """Where the page that adds a product stands."""
    return (_first_crumb(), Crumb(gettext("Thêm sản phẩm")))


def product_page(product: ProductView) -> ProductPage:
    """The page of one product."""
    return ProductPage(
        slug=product.slug,
        name=product.name,
        crumbs=(_first_crumb(), Crumb(product.name)),
        standing=product.standing,
        state=_state_pill(product.published),
        tools=tuple(_tools(product)),
        variants=tuple(_variant_line(product, variant) for variant in product.for_sale),
        has_examples=any(variant.example for variant in product.for_sale),
        only_shown=_only_shown(product),
        variant_actions=tuple(_variant_actions(product)),
        description=product.description,
        facts=(
            Row(gettext("Nhóm"), _group(product) or gettext("chưa rõ")),
            Row(gettext("Nơi làm"), place_label(product.place)),
        ),
        photos_note=gettext("%(n)s/12 ảnh", n=len(product.photos)),
        photos=tuple(_photo_card(product, photo, n) for n, photo in enumerate(product.photos, start=1)),
        picture=product.picture,
        certificates=tuple(_certificate_line(certificate) for certificate in product.certificates),
    )


def _tools(product: ProductView) -> Iterable[Action]:
    slug = product.slug
    if product.published:
        yield Action(gettext("Xem như khách"), url_for("shop.product", slug=slug), icon="phone-screen")
        yield Action(gettext("Ẩn đi"), url_for("portal.hide_product", slug=slug), method="post")
    else:
        url = url_for("portal.publish_product", slug=slug)
        yield Action(gettext("Đăng cho khách xem"), url, kind="main", method="post")


def _variant_line(product: ProductView, variant: VariantView) -> VariantLine:
    return VariantLine(
        pack=variant.pack,
        url=url_for("portal.change_variant", slug=product.slug, public_id=variant.public_id),
        net=net_label(variant.net_weight, variant.net_unit),
        gtin=gtin_label(variant.gtin) if variant.gtin else "",
        demonstration=variant.demonstration,
        price=vnd(variant.price or None),
        example=variant.example,
        stock=variant.stock,
    )


def _only_shown(product: ProductView) -> Notice | None:
    """Why customers see the product but cannot order it."""
    if product.withheld and product.alcohol_record == AlcoholRecord.ALCOHOL:
        return Notice("info", gettext("Rượu bia chưa bán qua mạng trên Nguồn, chỉ giới thiệu."))
    if product.withheld:
        text = gettext("Tên có chữ gợi rượu bia: tạm chưa bán, chờ cán bộ OCOP của tỉnh xem.")
        return Notice("warning", text)
    if product.group_code == TOURISM:
        return Notice("info", gettext("Dịch vụ du lịch chỉ giới thiệu, khách đặt trực tiếp với bạn."))
    return None


def _variant_actions(product: ProductView) -> Iterable[Action]:
    yield Action(gettext("Thêm quy cách"), url_for("portal.add_variant", slug=product.slug), icon="plus")
    if product.for_sale:
        url = url_for("portal.add_batch", variant=product.for_sale[0].public_id)
        yield Action(gettext("Mở lô"), url, icon="box")


def _group(product: ProductView) -> str | None:
    return product.group_name if language() == "vi" else product.group_name_en


def _photo_card(product: ProductView, photo: PhotoView, number: int) -> PhotoCard:
    return PhotoCard(
        srcset=photo_srcset(photo.key, "avif"),
        url=photo_url(photo.key, WIDTHS[0]),
        width=photo.width,
        height=photo.height,
        alt=photo.alt,
        field_id=f"alt-{number}",
        first=number == 1,
        describe_url=url_for("portal.describe_photo", slug=product.slug, key=photo.key),
        actions=tuple(_photo_actions(product.slug, photo.key, movable=number > 1)),
    )


def _photo_actions(slug: str, key: str, *, movable: bool) -> Iterable[Action]:
    if movable:
        url = url_for("portal.move_photo_first", slug=slug, key=key)
        yield Action(gettext("Đưa lên đầu"), url, method="post")
    url = url_for("portal.delete_photo", slug=slug, key=key)
    yield Action(gettext("Xóa ảnh"), url, kind="alarm", method="post", confirm=gettext("Xóa ảnh này?"))


def _certificate_line(certificate: Standing) -> CertificateLine:
    number = certificate.decision_number
    return CertificateLine(certificate, gettext("Quyết định %(n)s", n=number) if number else "")


def product_crumbs(product: ProductView, here: str) -> tuple[Crumb, ...]:
    """Where a page about one part of a product stands."""
    return (
        _first_crumb(),
        Crumb(product.name, url_for("portal.product", slug=product.slug)),
        Crumb(here),
    )


def description_page(product: ProductView) -> DescriptionPage:
    """The page on which a product is described."""
    return DescriptionPage(
        crumbs=product_crumbs(product, gettext("Sửa giới thiệu")),
        product_url=url_for("portal.product", slug=product.slug),
        fixed=tuple(_fixed(product)),
        asks_name=not product.of_register,
        asks_alcohol=not product.alcohol_decided,
    )


def _fixed(product: ProductView) -> Iterable[Row]:
    if product.of_register:
        note = gettext("Theo hồ sơ OCOP, sửa qua cán bộ OCOP của tỉnh")
        yield Row(gettext("Tên"), product.name, note)
        yield Row(gettext("Nhóm"), _group(product))
    if product.alcohol_decided:
        said = gettext("Có") if product.alcohol_record == AlcoholRecord.ALCOHOL else gettext("Không")
        yield Row(gettext("Đồ uống có cồn"), said, gettext("Cán bộ OCOP của tỉnh đã ghi"))
