"""The product page as its template draws it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from app.catalogue.plates import plate_for
from app.catalogue.queries import ProductFacts, SourceView, VariantView
from app.certification.standing import Standing, StandingState
from app.listing.card_view import CardView, card_views
from app.listing.labels import (
    kind_label,
    listing_label,
    ocop_label,
    place_label,
    standing_sentence,
    stars,
)
from app.listing.prices import Price, price_of
from app.listing.small_map import small_map
from app.shop.storefront.presentation.head import Head, home_crumb
from app.shop.storefront.presentation.producers import hectares_label, on_the_map
from app.shop.storefront.product import Offer, ProductPage
from app.shop.storefront.structured_data import breadcrumbs_json, product_json
from app.supply.queries import AreaFacts, BatchOnSale
from app.web.canonical import absolute, page_links
from app.web.components import CertificateCard, Chip, Crumb, Notice, Row, SmallMap
from app.web.excerpt import excerpt
from app.web.filters import grams, number, vn_date
from app.web.json_ld import json_ld
from app.web.language import gettext, language, pgettext
from app.web.media import photo_srcset, photo_url
from app.web.pagination import Address

_MOST_AT_ONCE = 99
_LONGEST_DESCRIPTION = 110
_LONGEST_HEADING = 60


@dataclass(frozen=True, slots=True)
class MainPhoto:
    """The large picture in its formats and widths."""

    avif: str
    webp: str
    url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A further picture and the address of it in full."""

    url: str
    thumbnail: str
    alt: str


@dataclass(frozen=True, slots=True)
class ProducerLine:
    """Who makes it; without a name the sources tell none."""

    name: str | None
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class BatchBox:
    """The batch a buyer would be sent next. `left` says how many units are in it."""

    code: str
    made: dt.date
    expires: dt.date | None
    left: str
    url: str
    stamped: bool
    example: bool


@dataclass(frozen=True, slots=True)
class BuyForm:
    """The form that puts a unit into the cart; `left` stands in the bar at the foot of a phone."""

    variant: str
    most: int
    price: int
    unit: str
    left: str
    note: str


@dataclass(frozen=True, slots=True)
class ChainStep:
    """A step of a batch on its way to the shelf."""

    icon: str
    title: str
    text: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """A place on the small map, with what is known of it."""

    map: SmallMap
    title: str
    place: str
    notes: tuple[str, ...]
    example: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class ProductView:
    """The page of one product."""

    head: Head
    image: str
    data: tuple[Markup, ...]
    crumbs: tuple[Crumb, ...]
    slug: str
    name: str
    state: str
    drawn_stars: int
    stars: Markup
    photo: MainPhoto | None
    thumbnails: tuple[Thumbnail, ...]
    plate: str
    producer: ProducerLine
    price: Price | None
    packs: tuple[Chip, ...]
    batch: BatchBox | None
    buy: BuyForm | None
    refusal: Notice | None
    chain: tuple[ChainStep, ...]
    certificates: tuple[CertificateCard, ...]
    no_certificate: str
    places_title: str
    places: tuple[PlaceCard, ...]
    rows: tuple[Row, ...]
    about: tuple[str, ...]
    sources: tuple[SourceView, ...]
    similar: tuple[CardView, ...]
    similar_url: str


def present_product(page: ProductPage, *, pack: str | None, stamped: bool) -> ProductView:
    """The page of a product with the pack of this public id, or the usual one; `stamped`: its batch bears stamps."""
    facts, offer = page.facts, page.offer(pack)
    variant = offer.variant if offer else None
    batch = offer.batch if offer and page.refusal is None else None
    plate = _plate(facts)
    path = url_for("shop.product", slug=facts.slug)
    images = [absolute(photo_url(photo.key, 960)) for photo in facts.photos] or [absolute(plate)]
    description = summary(page)
    left = _left(offer)
    return ProductView(
        head=Head(_title(facts), description, page_links(Address(path))),
        image=images[0] if facts.photos else "",
        data=tuple(map(json_ld, _structured_data(page, path, images, description))),
        crumbs=_crumbs(page),
        slug=facts.slug,
        name=facts.name,
        state=page.standing.state,
        drawn_stars=page.standing.drawn_stars,
        stars=stars(page.standing, big=True),
        photo=_main_photo(facts),
        thumbnails=tuple(_thumbnails(facts)),
        plate=plate,
        producer=_producer(facts),
        price=price_of(variant) if variant and page.refusal in (None, "sold-out") else None,
        packs=_packs(page, variant),
        batch=_batch_box(batch, left, stamped=stamped) if batch else None,
        buy=_buy_form(facts, variant, batch, left) if variant and batch else None,
        refusal=None if batch else _refusal(page.refusal),
        chain=tuple(_chain(page, variant, batch)) if variant and batch else (),
        certificates=tuple(_certificate(page, certificate) for certificate in page.certificates),
        no_certificate=_no_certificate(page.standing),
        places_title=_places_title(page),
        places=tuple(map(_area, page.areas)) or (_home(facts),),
        rows=tuple(_rows(page, variant)),
        about=_about(facts),
        sources=facts.sources,
        similar=card_views(page.similar),
        similar_url=_similar_url(facts),
    )


def summary(page: ProductPage) -> str:
    """The product in two or three sentences, for search engines: name, producer, place, standing."""
    facts = page.facts
    who = f"{facts.name}, {facts.producer.name}" if facts.producer else facts.name
    sentences = [f"{who}, {place_label(facts.place)}.", standing_sentence(page.standing)]
    if facts.description:
        sentences.append(excerpt(facts.description, _LONGEST_DESCRIPTION))
    return " ".join(filter(None, sentences))


def _title(facts: ProductFacts) -> str:
    who = (facts.producer.name,) if facts.producer else ()
    return ", ".join((facts.name, *who, facts.place.province_now.short_name))


def _structured_data(
    page: ProductPage, path: str, images: Sequence[str], description: str
) -> Iterator[dict[str, object]]:
    yield product_json(page, address=absolute(path), images=images, description=description)
    yield breadcrumbs_json(
        [
            ("Nguồn", absolute(url_for("shop.home"))),
            ("Sản phẩm", absolute(url_for("shop.listing"))),
            (page.facts.name, absolute(path)),
        ]
    )


def _plate(facts: ProductFacts) -> str:
    then = facts.place.province_then.short_name
    return plate_for(facts.name, facts.group_code, facts.product_set, then, facts.slug)


def _group_name(page: ProductPage) -> str | None:
    if page.group is None:
        return None
    return page.group.name_vi if language() == "vi" else page.group.name_en


def _crumbs(page: ProductPage) -> tuple[Crumb, ...]:
    facts, group, today = page.facts, _group_name(page), page.facts.place.province_now
    listing = (
        Crumb(group, url_for("shop.listing", group=facts.group_code))
        if group
        else Crumb(gettext("Sản phẩm"), url_for("shop.listing"))
    )
    place = Crumb(today.short_name, url_for("shop.listing", province=today.slug))
    return home_crumb(), listing, place, Crumb(facts.name)


def _main_photo(facts: ProductFacts) -> MainPhoto | None:
    if not facts.photos:
        return None
    photo = facts.photos[0]
    return MainPhoto(
        avif=photo_srcset(photo.key, "avif"),
        webp=photo_srcset(photo.key, "webp"),
        url=photo_url(photo.key, 960),
        width=photo.width,
        height=photo.height,
        alt=photo.alt or facts.name,
    )


def _thumbnails(facts: ProductFacts) -> Iterator[Thumbnail]:
    for place, photo in enumerate(facts.photos[1:], start=2):
        alt = photo.alt or gettext("Ảnh %(n)s của %(name)s", n=place, name=facts.name)
        yield Thumbnail(photo_url(photo.key, 960), photo_url(photo.key, 240), alt)


def _producer(facts: ProductFacts) -> ProducerLine:
    producer, place = facts.producer, place_label(facts.place)
    if producer is None:
        unnamed = gettext("Nguồn công khai không nêu tên cơ sở; %(place)s", place=place)
        return ProducerLine(None, unnamed)
    label = place if producer.kind == "unknown" else f"{kind_label(producer.kind)}, {place}"
    return ProducerLine(producer.name, label, url_for("shop.producer", slug=producer.slug))


def _packs(page: ProductPage, chosen: VariantView | None) -> tuple[Chip, ...]:
    if len(page.offers) < 2:
        return ()
    return tuple(
        Chip(
            offer.variant.pack,
            url_for("shop.product", slug=page.facts.slug, pack=offer.variant.public_id),
            current=offer.variant is chosen,
        )
        for offer in page.offers
    )


def _left(offer: Offer | None) -> str:
    """How many units the batch on sale has left: "86 hộp"."""
    if offer is None or offer.batch is None:
        return ""
    first = offer.variant.pack.partition(" ")[0]
    unit = first.lower() if first.isalpha() else gettext("gói")
    return gettext("%(n)s %(unit)s", n=number(offer.batch.available), unit=unit)


def _batch_box(batch: BatchOnSale, left: str, *, stamped: bool) -> BatchBox:
    return BatchBox(
        code=batch.code,
        made=batch.made_on,
        expires=batch.expires_on,
        left=left,
        url=url_for("trace.batch_story", public_id=batch.public_id),
        stamped=stamped,
        example=batch.example,
    )


def _buy_form(facts: ProductFacts, variant: VariantView, batch: BatchOnSale, left: str) -> BuyForm:
    return BuyForm(
        variant=variant.public_id,
        most=min(batch.available, _MOST_AT_ONCE),
        price=variant.price or 0,
        unit=variant.pack,
        left=gettext("còn %(left)s", left=left),
        note=gettext(
            "Giao từ %(place)s. Gói gửi đi lấy từ lô gần hết hạn nhất còn bán.",
            place=facts.place.province_now.short_name,
        ),
    )


def _refusal(reason: str | None) -> Notice:
    """Why it cannot be bought; without a reason only the pack that is shown is sold out."""
    not_sold_here = gettext("Chưa bán ở đây.")
    sold_out = gettext("Tạm hết hàng.")
    notices = {
        "no-producer": (
            gettext(
                "Nguồn công khai không nêu tên cơ sở, nên chưa biết mua của ai. "
                "Bạn là cơ sở làm ra hàng này? Mở tài khoản để nhận."
            ),
            not_sold_here,
        ),
        "alcohol": (
            gettext(
                "Rượu bia cần kiểm tuổi người mua, nên Nguồn không bán qua mạng. Hàng mà tên gợi rượu bia thì chờ xem"
                " đã."
            ),
            gettext("Chỉ để tra cứu."),
        ),
        "tourism": (
            gettext("Đây là nơi để đến, không phải hàng gửi đi. Hãy hỏi cơ sở để đặt chỗ."),
            gettext("Không bán qua giỏ hàng."),
        ),
        "no-price": (gettext("Cơ sở chưa đưa giá lên Nguồn."), not_sold_here),
        "sold-out": (gettext("Lô đang bán đã hết; cơ sở chưa mở lô mới."), sold_out),
        None: (gettext("Chọn quy cách khác, hay quay lại sau."), sold_out),
    }
    text, title = notices[reason]
    return Notice("info", text, title)


def _chain(page: ProductPage, variant: VariantView, batch: BatchOnSale) -> Iterator[ChainStep]:
    for area in page.areas[:1]:
        yield ChainStep("area", pgettext("one", "Vùng nguyên liệu"), area.name)
    producer = page.facts.producer
    yield ChainStep("home", gettext("Nơi làm"), producer.name if producer else "")
    yield ChainStep("box", gettext("Đóng gói"), variant.pack, vn_date(batch.made_on))
    until = gettext("hạn dùng %(day)s", day=vn_date(batch.expires_on)) if batch.expires_on else ""
    yield ChainStep("bag", gettext("Đang bán"), gettext("lô %(code)s", code=batch.code), until)


def _certificate(page: ProductPage, certificate: Standing) -> CertificateCard:
    return CertificateCard(
        title=ocop_label(certificate.stars),
        level=certificate.level,
        decision=certificate.decision_number,
        issued=certificate.issued_on,
        until=certificate.until,
        state=certificate.state,
        note=_certificate_note(page, certificate),
    )


def _certificate_note(page: ProductPage, certificate: Standing) -> str:
    if certificate.withdrawn_on:
        return gettext("Thu hồi ngày %(day)s.", day=vn_date(certificate.withdrawn_on))
    if certificate.certificate_id != page.standing.certificate_id:
        return gettext("Giấy trước, đã có giấy mới.")
    if certificate.until:
        return ""
    if certificate.recognised_year:
        return gettext(
            "Nguồn chỉ cho biết năm công nhận %(year)s; giấy có hiệu lực 36 tháng.",
            year=certificate.recognised_year,
        )
    return gettext("Nguồn không cho biết ngày cấp, nên chưa rõ còn hạn hay không.")


def _no_certificate(standing: Standing) -> str:
    if standing.state == StandingState.PENDING:
        return gettext("Hồ sơ đang chờ công nhận; chưa có giấy.")
    return gettext("Chưa thấy giấy chứng nhận nào trong nguồn công khai.")


def _places_title(page: ProductPage) -> str:
    if page.areas or page.facts.raw_material:
        return pgettext("one", "Vùng nguyên liệu")
    return gettext("Nơi làm")


def _area(area: AreaFacts) -> PlaceCard:
    size = [hectares_label(area.hectares)] if area.hectares else []
    if size and area.standards:
        size.append(area.standards)
    return PlaceCard(
        map=small_map(area.latitude, area.longitude, on_the_map(area.name)),
        title=area.name,
        place=place_label(area.place),
        notes=(", ".join(size),) if size else (),
        example=area.example,
        url=url_for("shop.area", slug=area.slug),
    )


def _home(facts: ProductFacts) -> PlaceCard:
    material = facts.raw_material or ""
    return PlaceCard(
        map=small_map(facts.place.lat, facts.place.lon, gettext("Nơi làm trên bản đồ Việt Nam")),
        title=material.capitalize() if len(material) < _LONGEST_HEADING else material,
        place=place_label(facts.place),
        notes=(gettext("Cơ sở chưa vẽ vùng nguyên liệu; chấm trên bản đồ là nơi ghi trong hồ sơ."),),
    )


def _rows(page: ProductPage, variant: VariantView | None) -> Iterator[Row]:
    place = page.facts.place
    yield Row(gettext("Nhóm"), _group_name(page) or listing_label("no_group_label"))
    if variant:
        yield Row(gettext("Quy cách"), variant.pack)
        weight = grams(variant.net_weight, variant.net_unit) if variant.net_weight else ""
        yield Row(gettext("Khối lượng tịnh"), weight)
        demonstration = gettext("mã minh họa GS1 (đầu 952), không dùng ngoài chợ thật")
        yield Row("GTIN", variant.gtin, demonstration if variant.demonstration_gtin else "")
    yield Row(gettext("Nơi làm, lúc cấp giấy"), place.at_time)
    if place.changed:
        yield Row(gettext("Nơi làm, hôm nay"), place.today)
    yield Row(gettext("Xuất xứ"), gettext("Việt Nam"))


def _about(facts: ProductFacts) -> tuple[str, ...]:
    story = facts.producer.story if facts.producer else None
    return tuple(text for text in (facts.description, story) if text)


def _similar_url(facts: ProductFacts) -> str:
    if facts.group_code:
        return url_for("shop.listing", group=facts.group_code)
    return url_for("shop.listing", province=facts.place.province_now.slug)
