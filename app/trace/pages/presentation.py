"""The stamp page and the page of a batch as their templates draw them: every choice made, every label ready."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from app.catalogue.plates import plate_for
from app.listing.labels import ocop_label, place_label, standing_label, stars
from app.listing.small_map import small_map_at
from app.trace.pages.story import AreaStory, BatchStory, ProductStory
from app.trace.pages.verdict import Verdict, VerdictState
from app.web.components import Action, CertificateCard, Crumb, Row, SmallMap
from app.web.filters import grams, number, vn_date, vnd
from app.web.json_ld import json_ld
from app.web.labels import label
from app.web.language import gettext, pgettext
from app.web.media import photo_url

_VERDICT: Final = "components/verdict.html"
_SOLD_AGAIN: Final = (
    VerdictState.GENUINE,
    VerdictState.GENUINE_FIRST,
    VerdictState.GENUINE_SEEN,
    VerdictState.STAR_ENDED,
)
_DEMONSTRATION_PREFIX: Final = "952"
"""GS1 keeps it for demonstrations and examples."""
Slots = Mapping[str, str]
"""Places in the drawn page for what differs from scan to scan, by name."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A small line under the verdict."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Goods:
    """What the stamp stands on."""

    name: str
    label: str
    picture: str
    stars: Markup


@dataclass(frozen=True, slots=True)
class AlsoLine:
    """What holds besides the verdict. kind: of notice.html."""

    state: str
    kind: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A short answer to a question that a buyer has. kind: good, warn, bad or na."""

    question: str
    answer: str
    note: str
    kind: str
    map: SmallMap | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class StoryStep:
    """A step of a batch on its way from the field to the hand."""

    icon: str
    title: str
    when: str
    text: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryProducer:
    """Who made it and where."""

    name: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Sections:
    """What both pages tell below their head: way, certificate then and now, producer, what the label says."""

    steps: tuple[StoryStep, ...]
    certificate: CertificateCard | None
    standing: tuple[Row, ...]
    producer: StoryProducer
    label: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class StampView:
    """The page behind a stamp. `lead` is the sentence below the verdict where it is not the usual one."""

    state: str
    title: str
    lead: str
    facts: tuple[Fact, ...]
    data: Markup
    goods: Goods
    also: tuple[AlsoLine, ...]
    answers: tuple[Answer, ...]
    sections: Sections
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class BatchView:
    """The page of a batch."""

    id: str
    title: str
    heading: str
    description: str
    crumbs: tuple[Crumb, ...]
    goods: Goods
    maps: tuple[SmallMap, ...]
    sections: Sections


def present_stamp(
    story: ProductStory,
    verdict: Verdict,
    *,
    slots: Slots,
    printed_gtin: str | None,
    other_lot: bool,
    counted: bool,
    void_reason: str | None,
    today: dt.date,
) -> StampView:
    """The page of a stamp of ours.

    `counted`: this look at it is a scan; `other_lot`: the address names another lot; `printed_gtin`: on the stamp.
    """
    return StampView(
        state=verdict.state,
        title=f"{_verdict_title(verdict.state)} · {story.name}",
        lead=_lead(story, verdict, slots=slots, counted=counted, void_reason=void_reason),
        facts=tuple(_facts(slots, counted=counted)),
        data=json_ld(_structured_data(story)),
        goods=_goods(story),
        also=(
            *_also(verdict, slots, counted=counted),
            *(_other_lot(story.batch, slots) if other_lot and story.batch else ()),
        ),
        answers=tuple(_answers(story, today)),
        sections=present_sections(story, printed_gtin),
        actions=tuple(_actions(story, verdict.state)),
    )


def _facts(slots: Slots, *, counted: bool) -> Iterator[Fact]:
    if counted:
        yield Fact(gettext("Quét lúc"), slots["now"])
    yield Fact(gettext("Mã tem"), slots["code"])


def _verdict_title(state: VerdictState) -> str:
    return label(_VERDICT, "verdict_title", state)


def _lead(
    story: ProductStory, verdict: Verdict, *, slots: Slots, counted: bool, void_reason: str | None
) -> str:
    batch = story.batch
    match verdict.state:
        case VerdictState.GENUINE_SEEN:
            return gettext(
                "Lần đầu lúc %(first)s. Đây là lần quét thứ %(nth)s.", first=slots["first"], nth=slots["nth"]
            )
        case VerdictState.VOID if void_reason:
            return gettext("Cơ sở đã hủy tem này: %(reason)s.", reason=void_reason)
        case VerdictState.PAST_DATE if batch is not None:
            return gettext("Hạn dùng đến hết %(day)s.", day=vn_date(batch.expires_on))
        case VerdictState.GENUINE if not counted:
            return gettext("Quét tem trên gói hàng để biết đã có ai quét trước chưa.")
    return ""


def _goods(story: ProductStory) -> Goods:
    return Goods(
        name=story.name,
        label=f"{story.pack}, {story.producer_name}",
        picture=_picture(story),
        stars=stars(story.standing),
    )


def _picture(story: ProductStory) -> str:
    """The address of the goods' photo, else of their drawn plate."""
    if story.photo is not None:
        return photo_url(story.photo.key, 240)
    today = story.place.province_now.short_name
    return plate_for(story.name, story.group, story.product_set, today, story.slug)


def _also(verdict: Verdict, slots: Slots, *, counted: bool) -> Iterator[AlsoLine]:
    """What stands below the verdict; that nobody scanned the stamp before is no news there, nor is it to a robot that
    its look says nothing of others.
    """
    for state in verdict.also:
        if state == VerdictState.GENUINE_FIRST or (state == VerdictState.GENUINE and not counted):
            continue
        history = state in (VerdictState.GENUINE_SEEN, VerdictState.GENUINE)
        seen = state == VerdictState.GENUINE_SEEN
        text = _seen_before(slots) if seen else label(_VERDICT, "verdict_lead", state)
        yield AlsoLine(state, "info" if history else "warning", _verdict_title(state), text)


def _other_lot(batch: BatchStory, slots: Slots) -> tuple[AlsoLine, ...]:
    """The address names a lot that is not the stamp's: no accusation, for labels are mixed up at the bench too."""
    text = gettext(
        "Địa chỉ ghi lô %(claimed)s, tem này thuộc lô %(code)s. So với số lô trên nhãn.",
        claimed=slots["lot"],
        code=batch.code,
    )
    return (AlsoLine("other-lot", "warning", gettext("Số lô không khớp"), text),)


def _seen_before(slots: Slots) -> str:
    return gettext(
        "Lần đầu lúc %(first)s, gần nhất lúc %(last)s, %(before)s lần trước lần này.",
        first=slots["first"],
        last=slots["last"],
        before=slots["before"],
    )


def _answers(story: ProductStory, today: dt.date) -> Iterator[Answer]:
    batch, where = story.batch, gettext("Từ đâu?")
    if batch and batch.areas:
        area = batch.areas[0]
        on_map = small_map_at(area.x, area.y, gettext("Vị trí vùng nguyên liệu trên bản đồ"))
        yield Answer(where, area.name, place_label(area.place), "good", on_map)
    else:
        yield Answer(where, story.producer_name, place_label(story.place), "na")
    yield _date_answer(batch, today)


def _date_answer(batch: BatchStory | None, today: dt.date) -> Answer:
    question = gettext("Còn hạn không?")
    if batch is None:
        return Answer(
            question,
            gettext("Chưa gắn vào lô hàng nào"),
            gettext("Cơ sở chưa khai ngày làm và hạn dùng cho tem này."),
            "na",
        )
    made = gettext("Làm ngày %(day)s, lô %(code)s", day=vn_date(batch.made_on), code=batch.code)
    if batch.expires_on is None:
        return Answer(question, gettext("Hàng không ghi hạn dùng"), made, "na")
    day = vn_date(batch.expires_on)
    if batch.expires_on < today:
        return Answer(question, gettext("Hết hạn từ %(day)s", day=day), made, "bad")
    return Answer(question, gettext("Còn hạn đến %(day)s", day=day), made, "good")


def _actions(story: ProductStory, state: VerdictState) -> Iterator[Action]:
    if not story.published:
        return
    producer = url_for("shop.producer", slug=story.producer_slug)
    yield Action(gettext("Xem cơ sở"), producer, "line", "shop")
    again = story.price is not None and story.price > 0 and state in _SOLD_AGAIN
    text = gettext("Mua lại, %(price)s", price=vnd(story.price)) if again else ""
    product = url_for("shop.product", slug=story.slug)
    yield Action(text or pgettext("one", "Xem sản phẩm"), product, "main", "bag")


def present_batch(story: ProductStory) -> BatchView:
    """The page of a batch, as an order line links to it; the story was read with it."""
    batch = story.batch
    assert batch is not None
    heading = gettext("Lô %(code)s", code=batch.code)
    product = url_for("shop.product", slug=story.slug) if story.published else None
    return BatchView(
        id=batch.public_id,
        title=f"{heading} · {story.name}",
        heading=heading,
        description=gettext(
            "%(name)s, lô %(code)s: vùng nguyên liệu, ngày làm, hạn dùng, giấy chứng nhận.",
            name=story.name,
            code=batch.code,
        ),
        crumbs=(Crumb(gettext("Trang đầu"), "/"), Crumb(story.name, product), Crumb(heading)),
        goods=_goods(story),
        maps=tuple(small_map_at(area.x, area.y, area.name) for area in batch.areas),
        sections=present_sections(story),
    )


def present_sections(story: ProductStory, printed_gtin: str | None = None) -> Sections:
    """What is told of the goods, with their batch where it is known, and the GTIN on the stamp where there is one."""
    batch = story.batch
    return Sections(
        steps=tuple(_steps(story, batch)) if batch else (),
        certificate=_certificate(story),
        standing=(
            Row(gettext("Hôm nay"), standing_label(story.standing)),
            Row(gettext("Lúc làm lô này"), standing_label(batch.standing_then) if batch else ""),
            Row(gettext("Quyết định"), story.standing.decision_number),
        ),
        producer=StoryProducer(
            story.producer_name,
            place_label(story.place),
            url_for("shop.producer", slug=story.producer_slug),
        ),
        label=tuple(_label_rows(story, batch, printed_gtin)),
    )


def _steps(story: ProductStory, batch: BatchStory) -> Iterator[StoryStep]:
    for area in batch.areas:
        yield StoryStep("leaf", area.name, pgettext("one", "Vùng nguyên liệu"), tuple(_area_lines(area)))
    made = gettext(
        "Lô %(code)s, %(quantity)s sản phẩm %(pack)s.",
        code=batch.code,
        quantity=number(batch.quantity),
        pack=story.pack,
    )
    example = gettext("Lô ví dụ để dùng thử hệ thống.") if batch.example else None
    text = tuple(line for line in (made, batch.note, example) if line)
    yield StoryStep("box", gettext("Làm và đóng gói"), vn_date(batch.made_on), text)
    yield StoryStep("phone-screen", gettext("Đến tay bạn"), gettext("Hôm nay"), ())


def _area_lines(area: AreaStory) -> Iterator[str]:
    yield place_label(area.place)
    if area.hectares:
        yield gettext("%(area)s ha", area=number(area.hectares))
    if area.standards:
        yield area.standards
    if area.example:
        yield gettext("Vùng ví dụ, đặt theo xã của cơ sở.")


def _certificate(story: ProductStory) -> CertificateCard | None:
    """The card with its span of validity, where both of its days are known."""
    standing = story.standing
    if not standing.issued_on or not standing.until:
        return None
    return CertificateCard(
        title=ocop_label(standing.stars),
        level=standing.level,
        decision=standing.decision_number,
        issued=standing.issued_on,
        until=standing.until,
        state=standing.state,
    )


def _label_rows(story: ProductStory, batch: BatchStory | None, printed_gtin: str | None) -> Iterator[Row]:
    weighed = story.net_weight and story.net_unit != "piece"
    demonstration = story.gtin is not None and story.gtin[1:4] == _DEMONSTRATION_PREFIX
    yield Row(gettext("Quy cách"), story.pack)
    yield Row(gettext("Khối lượng tịnh"), grams(story.net_weight, story.net_unit) if weighed else "")
    yield Row(gettext("Ngày sản xuất"), vn_date(batch.made_on) if batch else "")
    yield Row(gettext("Hạn sử dụng"), vn_date(batch.expires_on) if batch else "")
    yield Row(gettext("Số lô"), batch.code if batch else "")
    note = gettext("số minh họa của GS1, tiền tố 952") if demonstration else ""
    if printed_gtin is not None and printed_gtin != story.gtin:
        note = gettext("tem in số cũ của cùng món hàng: %(gtin)s", gtin=printed_gtin)
    yield Row("GTIN", story.gtin or printed_gtin, note)


def _structured_data(story: ProductStory) -> dict[str, Any]:
    """The goods as schema.org data: what they are, who makes them, which batch; never an offer or an ended star."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "IndividualProduct",
        "name": story.name,
        "size": story.pack,
        "countryOfOrigin": {"@type": "Country", "name": "Việt Nam"},
        "manufacturer": {"@type": "Organization", "name": story.producer_name},
    }
    if story.gtin:
        data["gtin14"] = story.gtin
    if story.batch is not None:
        data["productionDate"] = story.batch.made_on.isoformat()
        data["additionalProperty"] = [
            {"@type": "PropertyValue", "propertyID": "lot", "value": story.batch.code},
        ]
    if story.standing.drawn_stars:
        data["award"] = f"OCOP {standing_label(story.standing)}"
    return data
