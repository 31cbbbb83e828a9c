"""The view model of one product of the register: its certificates, its facts, who did what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from app.accounts.queries import AuditRow
from app.certification.corrections import InError
from app.certification.models import OPEN_START
from app.certification.queries import RegisterRow
from app.certification.standing import STARRED, Standing, StandingState
from app.geography.places import PlaceView
from app.listing.labels import kind_label, rank_label, standing_label, state_label
from app.programme.alcohol.forms import ALCOHOL_REASONS
from app.programme.alcohol.pages import alcohol_note, alcohol_words, record_label
from app.programme.alcohol.queries import AlcoholFacts
from app.programme.labels import Groups, group_label, producer_label
from app.programme.register.forms import REASONS, points_words
from app.web.components import CertificateCard, Crumb, Option, Row
from app.web.filters import vn_date, vn_datetime
from app.web.labels import label
from app.web.language import gettext, pgettext


@dataclass(frozen=True, slots=True)
class ActLine:
    """A line of the audit log about the product."""

    act: str
    actor: str
    at: dt.datetime
    facts: str


@dataclass(frozen=True, slots=True)
class CertificateEntry:
    """A certificate that stands, and where it is put right."""

    card: CertificateCard
    fix_url: str


@dataclass(frozen=True, slots=True)
class InErrorEntry:
    """A certificate recorded in error: what the register said by it and what it says now, who found it and why."""

    title: str
    then: str
    now: str
    found: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product with its certificates, the newest first. `shop_url` only where customers see it.

    `withdrawable`: it has a certificate to withdraw. `points_hint`: the points that each rank needs by today's rules.
    """

    id: int
    slug: str
    name: str
    crumbs: tuple[Crumb, ...]
    producer: str
    place: PlaceView
    standing: Standing
    state: str
    shop_url: str | None
    certificates: tuple[CertificateEntry, ...]
    in_error: tuple[InErrorEntry, ...]
    facts: tuple[Row, ...]
    points_hint: str
    withdrawable: bool
    acts: tuple[ActLine, ...]


def product_page(
    row: RegisterRow,
    history: Sequence[Standing],
    struck: Iterable[InError],
    entries: Iterable[AuditRow],
    *,
    alcohol: AlcoholFacts,
    groups: Groups,
    points: Mapping[int, range],
) -> ProductPage:
    """The page of this product. `points` are the points of each rank by today's rule set."""
    standing = row.standing
    return ProductPage(
        id=row.id,
        slug=row.slug,
        name=row.name,
        crumbs=(Crumb(gettext("Sổ sản phẩm"), url_for("programme.register")), Crumb(row.name)),
        producer=producer_label(row),
        place=row.place,
        standing=standing,
        state=state_label(standing.state),
        shop_url=url_for("shop.product", slug=row.slug) if row.published else None,
        certificates=tuple(
            CertificateEntry(
                certificate_card(certificate, standing),
                url_for(
                    "programme.certificate", product_id=row.id, certificate_id=certificate.certificate_id
                ),
            )
            for certificate in history
        ),
        in_error=tuple(_in_error(each) for each in struck),
        facts=_facts(row, alcohol, groups),
        points_hint=points_words(points),
        withdrawable=bool(history and standing.certificate_id and standing.state != StandingState.WITHDRAWN),
        acts=tuple(_act_line(entry) for entry in entries),
    )


def certificate_crumbs(row: RegisterRow) -> tuple[Crumb, ...]:
    """Where the page stands on which a certificate of the product is put right."""
    return (
        Crumb(gettext("Sổ sản phẩm"), url_for("programme.register")),
        Crumb(row.name, url_for("programme.product", product_id=row.id)),
        Crumb(gettext("Sửa giấy này")),
    )


def rank_options(points: Iterable[int], chosen: int | None) -> tuple[Option, ...]:
    """The ranks as the choices of a decision."""
    return tuple(Option(str(rank), rank_label(rank), selected=chosen == rank) for rank in points)


def _in_error(each: InError) -> InErrorEntry:
    number = each.believed.decision_number or gettext("không rõ số")
    return InErrorEntry(
        title=f"{rank_label(each.believed.stars)}, {number}",
        then=gettext(
            "Từ %(since)s đến %(until)s sổ đã nói: %(what)s.",
            since=_first_day(each.since),
            until=vn_date(each.until),
            what=standing_label(each.believed),
        )
        if each.since < each.until
        else gettext("Sổ chưa nói gì theo giấy này trước ngày tìm ra."),
        now=gettext("Nay biết về ngày đầu ấy: %(what)s.", what=standing_label(each.known_now)),
        found=gettext("%(who)s ghi là nhầm lúc %(at)s", who=each.by, at=vn_datetime(each.at)),
        reason=each.reason,
    )


def _first_day(day: dt.date) -> str:
    return gettext("đầu") if day == OPEN_START else vn_date(day)


def certificate_card(certificate: Standing, today: Standing) -> CertificateCard:
    """A certificate; one that a later one has replaced is over, whatever its own days say."""
    replaced = certificate.certificate_id != today.certificate_id and certificate.state in STARRED
    return CertificateCard(
        title=rank_label(certificate.stars),
        level=certificate.level,
        decision=certificate.decision_number,
        issued=certificate.issued_on,
        until=certificate.until,
        state=StandingState.LAPSED if replaced else certificate.state,
        note=gettext("Giấy mới đã thay giấy này.") if replaced else _note(certificate),
    )


def _note(certificate: Standing) -> str:
    if certificate.state == StandingState.WITHDRAWN:
        return gettext(
            "Thu hồi ngày %(day)s: %(why)s.",
            day=vn_date(certificate.withdrawn_on),
            why=_reason(certificate.reason),
        )
    if certificate.reason == "recognised-year":
        return gettext("Chỉ biết năm công nhận %(year)s.", year=certificate.recognised_year)
    if certificate.reason == "no-date":
        return gettext("Nguồn không nói ngày, không nói năm.")
    return ""


def _reason(code: str) -> str:
    return str(REASONS.get(code, code))


def _facts(row: RegisterRow, alcohol: AlcoholFacts, groups: Groups) -> tuple[Row, ...]:
    return (
        Row(gettext("Nhóm"), group_label(row.group_code, groups)),
        Row(pgettext("one", "Cơ sở"), producer_label(row), kind_label(row.producer_kind)),
        Row(gettext("Nơi, theo giấy"), row.place.at_time),
        Row(gettext("Nơi, hôm nay"), row.place.today if row.place.changed else None),
        Row(gettext("Ở cửa hàng"), gettext("Đang bày") if row.published else gettext("Đang ẩn")),
        Row(
            gettext("Đồ uống có cồn"),
            alcohol_words(alcohol),
            alcohol_note(alcohol),
            url=url_for("programme.alcohol"),
        ),
    )


def _act_line(entry: AuditRow) -> ActLine:
    return ActLine(
        act=entry.act,
        actor=entry.actor,
        at=entry.at,
        facts="; ".join(_fact_label(name, value) for name, value in entry.facts),
    )


def _fact_label(name: str, value: object) -> str:
    told = _FACT_LABELS.get(name)
    return told(str(value)) if told else f"{name}: {value}"


_FACT_LABELS: Mapping[str, Callable[[str], str]] = {
    "reason": _reason,
    "stars": lambda value: rank_label(int(value) if value.isdecimal() else None),
    "decision_number": lambda value: gettext("quyết định %(n)s", n=value),
    "issued_on": lambda value: gettext("cấp %(day)s", day=value),
    "valid_until": lambda value: gettext("đến hết %(day)s", day=value),
    "last_day": lambda value: gettext("đến hết %(day)s", day=value),
    "days_before": lambda value: gettext("trước %(n)s ngày", n=value),
    "certificate_id": lambda value: gettext("giấy số %(n)s của sổ", n=value),
    "instead_of": lambda value: gettext("thay giấy số %(n)s của sổ", n=value),
    "level": lambda value: label("components/certificate.html", "level_label", value),
    "recognised_year": lambda value: gettext("công nhận năm %(year)s", year=value),
    "alcohol": record_label,
    "basis": lambda value: str(ALCOHOL_REASONS.get(value, value)),
    "note": lambda value: gettext("“%(text)s”", text=value),
}
"""How the facts of an act are told, by their name in the audit log."""
