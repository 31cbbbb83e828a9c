"""The view model of the products withheld as alcohol, and how what is recorded is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from app.catalogue.models import AlcoholRecord, AlcoholRecorder
from app.programme.alcohol.forms import ALCOHOL, ALCOHOL_REASONS, NONE
from app.programme.alcohol.queries import AlcoholFacts, AlcoholRow
from app.programme.labels import Groups, group_label
from app.web.components import Option, Pill
from app.web.filters import vn_date
from app.web.language import gettext, ngettext


@dataclass(frozen=True, slots=True)
class AlcoholLine:
    """A product with what is recorded of it; `buttons` are (value, words) of what an officer may still say."""

    id: int
    slug: str
    name: str
    url: str
    producer: str
    group: str
    words: str
    note: str
    state: Pill
    act_url: str
    buttons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AlcoholPage:
    """Those that wait for an officer, and those decided; `reasons` are the grounds to choose from."""

    waiting: tuple[AlcoholLine, ...]
    waiting_note: str
    decided: tuple[AlcoholLine, ...]
    decided_note: str
    reasons: tuple[Option, ...]


def alcohol_page(rows: Sequence[AlcoholRow], groups: Groups, place: str) -> AlcoholPage:
    """The page of these products. `place` is the slug of the place they are of."""
    waiting = tuple(_line(row, groups, place) for row in rows if not row.facts.decided)
    decided = tuple(_line(row, groups, place) for row in rows if row.facts.decided)
    return AlcoholPage(
        waiting=waiting,
        waiting_note=ngettext("%(num)s sản phẩm", "%(num)s sản phẩm", len(waiting)),
        decided=decided,
        decided_note=ngettext("%(num)s sản phẩm", "%(num)s sản phẩm", len(decided)),
        reasons=tuple(Option(code, str(words)) for code, words in ALCOHOL_REASONS.items()),
    )


def _line(row: AlcoholRow, groups: Groups, place: str) -> AlcoholLine:
    facts = row.facts
    buttons = (
        (NONE, gettext("Không có cồn"), AlcoholRecord.NOT_ALCOHOL),
        (ALCOHOL, gettext("Có cồn"), AlcoholRecord.ALCOHOL),
    )
    return AlcoholLine(
        id=row.id,
        slug=row.slug,
        name=row.name,
        url=url_for("programme.product", product_id=row.id),
        producer=row.producer or gettext("Chưa rõ cơ sở"),
        group=group_label(row.group_code, groups),
        words=alcohol_words(facts),
        note=alcohol_note(facts),
        state=Pill(gettext("chưa bán"), "warn") if facts.withheld else Pill(gettext("được bán"), "good"),
        act_url=url_for("programme.decide_alcohol", product_id=row.id, place=place),
        buttons=tuple(
            (value, words)
            for value, words, record in buttons
            if not (facts.decided and facts.record == record)
        ),
    )


def record_label(record: str) -> str:
    """What somebody has recorded, as the log tells it."""
    if record == AlcoholRecord.ALCOHOL:
        return gettext("đồ uống có cồn")
    return gettext("không phải đồ uống có cồn")


def alcohol_words(facts: AlcoholFacts) -> str:
    """What is recorded of a product, and by whom."""
    said = {AlcoholRecord.ALCOHOL: gettext("có"), AlcoholRecord.NOT_ALCOHOL: gettext("không")}
    if facts.record == AlcoholRecord.NOT_RECORDED:
        return gettext("Chưa ai ghi; tên gợi rượu bia") if facts.withheld else gettext("Chưa ai ghi")
    if facts.recorder == AlcoholRecorder.PROGRAMME:
        return gettext("Cán bộ OCOP ghi: %(what)s", what=said[facts.record])
    return gettext("Cơ sở khai: %(what)s", what=said[facts.record])


def alcohol_note(facts: AlcoholFacts) -> str:
    """Who recorded it and when."""
    return f"{facts.by}, {vn_date(facts.at)}" if facts.by and facts.at else ""
