"""View models of the register: its rows and filters, and the certificates about to end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for

from app.catalogue.models import PRODUCER_KINDS
from app.certification.expiring import Expiring
from app.certification.queries import NO_CERTIFICATE, NO_GROUP, NOT_KNOWN, Question, RegisterRow
from app.certification.standing import Standing, StandingState
from app.geography.places import PlaceView
from app.listing.labels import kind_label
from app.programme.labels import Groups, group_label, producer_label, value_label
from app.web.components import Option, Pill, Select
from app.web.filters import number, vn_date
from app.web.language import gettext, ngettext
from app.web.pagination import Address, Pages

FIRST_YEAR: Final = 2018
"""The programme's first year (QĐ 490/QĐ-TTg of 7 May 2018)."""
ENDS_AT_ONCE, ENDS_SOON = 30, 90
"""Days left from which a certificate stands among the most urgent, and among the next."""


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product of the register as a row of a table. `year` of its recognition, as far as known."""

    slug: str
    url: str
    name: str
    producer: str
    place: PlaceView
    group: str
    standing: Standing
    year: str


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """Rows of the register with what was asked. `viewing` names the filters that hold several values.

    `last_url` is given for a page behind the last one.
    """

    total: int
    total_label: str
    query: str
    filters: tuple[Select, ...]
    viewing: str
    dropped: str
    rows: tuple[ProductLine, ...]
    pages: Pages
    address: Address
    download_url: str
    last_url: str | None


@dataclass(frozen=True, slots=True)
class EndingLine:
    """A product whose certificate ends on a day that is known, or not (`days` is None): `when` says what is."""

    slug: str
    url: str
    name: str
    producer: str
    standing: Standing
    days: Pill | None
    when: str


@dataclass(frozen=True, slots=True)
class EndingGroup:
    """Certificates that end within one span of days."""

    title: str
    note: str
    rows: tuple[EndingLine, ...]


@dataclass(frozen=True, slots=True)
class EndingPage:
    """Certificates about to end, the most urgent first, and those whose last day nobody knows."""

    total: int
    groups: tuple[EndingGroup, ...]
    undated: EndingGroup


def register_page(
    rows: Sequence[RegisterRow],
    question: Question,
    groups: Groups,
    *,
    dropped: Sequence[str],
    pages: Pages,
    address: Address,
    download: Address,
    today: dt.date,
) -> RegisterPage:
    """The page of these rows. `dropped` are values of the address that nobody knows."""
    return RegisterPage(
        total=pages.total,
        total_label=ngettext("%(n)s sản phẩm", "%(n)s sản phẩm", pages.total, n=number(pages.total)),
        query=question.text,
        filters=_filters(question, groups, today),
        viewing=_viewing(question, groups),
        dropped=", ".join(dropped),
        rows=tuple(_product_line(row, groups) for row in rows),
        pages=pages,
        address=address,
        download_url=str(download),
        last_url=address.page(pages.last) if pages.total and not rows else None,
    )


def ending_page(expiring: Expiring) -> EndingPage:
    """The page of the certificates about to end."""
    spans = (
        (gettext("Trong 30 ngày"), 0, ENDS_AT_ONCE),
        (gettext("Từ 31 đến 90 ngày"), ENDS_AT_ONCE + 1, ENDS_SOON),
        (gettext("Từ 91 đến 180 ngày"), ENDS_SOON + 1, None),
    )
    groups = (
        _ending_group(
            title,
            [row for row in expiring.soon if least <= _days(row) and (most is None or _days(row) <= most)],
        )
        for title, least, most in spans
    )
    return EndingPage(
        total=len(expiring.soon),
        groups=tuple(group for group in groups if group.rows),
        undated=_ending_group(gettext("Chưa rõ ngày hết"), expiring.undated),
    )


def _product_line(row: RegisterRow, groups: Groups) -> ProductLine:
    known_kind = row.producer_kind != NOT_KNOWN
    kind = f", {kind_label(row.producer_kind)}" if known_kind else ""
    return ProductLine(
        slug=row.slug,
        url=url_for("programme.product", product_id=row.id),
        name=row.name,
        producer=f"{producer_label(row)}{kind}",
        place=row.place,
        group=group_label(row.group_code, groups),
        standing=row.standing,
        year=str(row.standing.recognised_year or "–"),
    )


def _filters(question: Question, groups: Groups, today: dt.date) -> tuple[Select, ...]:
    years = tuple(str(year) for year in range(today.year, FIRST_YEAR - 1, -1))
    choices = (
        ("stars", gettext("Hạng trên giấy"), ("5", "4", "3", NOT_KNOWN, NO_CERTIFICATE)),
        ("standing", gettext("Hiệu lực"), tuple(StandingState)),
        ("group", gettext("Nhóm"), (*groups, NO_GROUP)),
        ("kind", gettext("Loại cơ sở"), PRODUCER_KINDS),
        ("year", gettext("Năm công nhận"), (*years, NOT_KNOWN, NO_CERTIFICATE)),
        ("first", gettext("Công nhận lần đầu"), (*years, NOT_KNOWN, NO_CERTIFICATE)),
    )
    return tuple(
        _select(name, label, values, getattr(question, name), groups) for name, label, values in choices
    )


def _select(name: str, label: str, values: Sequence[str], chosen: Sequence[str], groups: Groups) -> Select:
    """A filter that takes one value; where the address asks for several it shows none of them."""
    options = (
        Option(value, value_label(name, value, groups), selected=[value] == list(chosen)) for value in values
    )
    return Select(name, label, (Option("", gettext("Tất cả")), *options))


def _viewing(question: Question, groups: Groups) -> str:
    several = {
        name: values
        for name in ("stars", "standing", "kind", "group", "year", "first")
        if len(values := getattr(question, name)) > 1
    }
    return "; ".join(
        gettext(" hoặc ").join(value_label(name, value, groups) for value in values)
        for name, values in several.items()
    )


def _days(row: RegisterRow) -> int:
    return row.standing.days_left or 0


def _ending_group(title: str, rows: Sequence[RegisterRow]) -> EndingGroup:
    note = ngettext("%(num)s giấy", "%(num)s giấy", len(rows))
    return EndingGroup(title, note, tuple(_ending_line(row) for row in rows))


def _ending_line(row: RegisterRow) -> EndingLine:
    return EndingLine(
        slug=row.slug,
        url=url_for("programme.product", product_id=row.id),
        name=row.name,
        producer=producer_label(row),
        standing=row.standing,
        days=_days_pill(row.standing.days_left),
        when=ending_words(row.standing),
    )


def ending_words(standing: Standing) -> str:
    """When a certificate ends, as far as it is known."""
    if standing.until is not None:
        return vn_date(standing.until)
    if standing.ending_year is not None:
        return gettext("trong năm %(year)s, chưa rõ ngày", year=standing.ending_year)
    return gettext("chưa rõ")


def _days_pill(days: int | None) -> Pill | None:
    if days is None:
        return None
    label = ngettext("%(num)s ngày", "%(num)s ngày", days) if days else gettext("ngày cuối")
    return Pill(label, "bad" if days <= ENDS_AT_ONCE else "warn" if days <= ENDS_SOON else "na")
