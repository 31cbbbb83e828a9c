"""The view model of one product of the register: its certificates, its facts, who did what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from app.accounts.queries import AuditRow
from app.certification.queries import RegisterRow
from app.certification.standing import STARRED, Standing, StandingState
from app.geography.places import PlaceView
from app.listing.labels import kind_label, rank_label, state_label
from app.programme.labels import Groups, group_label, producer_label
from app.programme.register.forms import REASONS, AwardForm, points_words
from app.web.components import CertificateCard, Crumb, Option, Row
from app.web.filters import vn_date
from app.web.language import gettext, pgettext


@dataclass(frozen=True, slots=True)
class ActLine:
    """A line of the audit log about the product."""

    act: str
    actor: str
    at: dt.datetime
    facts: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A product with its certificates, the newest first. `shop_url` only where customers see it.

    `withdrawable`: it has a certificate to withdraw. `ranks` are the choices of an award by today's rule set, and
    `points_hint` the points that each needs.
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
    certificates: tuple[CertificateCard, ...]
    facts: tuple[Row, ...]
    ranks: tuple[Option, ...]
    points_hint: str
    withdrawable: bool
    acts: tuple[ActLine, ...]


def product_page(
    row: RegisterRow,
    history: Sequence[Standing],
    entries: Iterable[AuditRow],
    *,
    groups: Groups,
    award: AwardForm,
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
        certificates=tuple(_card(certificate, standing) for certificate in history),
        facts=_facts(row, groups),
        ranks=tuple(
            Option(str(rank), rank_label(rank), selected=award.stars.data == rank) for rank in points
        ),
        points_hint=points_words(points),
        withdrawable=bool(history and standing.certificate_id and standing.state != StandingState.WITHDRAWN),
        acts=tuple(_act_line(entry) for entry in entries),
    )


def _card(certificate: Standing, today: Standing) -> CertificateCard:
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


def _facts(row: RegisterRow, groups: Groups) -> tuple[Row, ...]:
    return (
        Row(gettext("Nhóm"), group_label(row.group_code, groups)),
        Row(pgettext("one", "Cơ sở"), producer_label(row), kind_label(row.producer_kind)),
        Row(gettext("Nơi, theo giấy"), row.place.at_time),
        Row(gettext("Nơi, hôm nay"), row.place.today if row.place.changed else None),
        Row(gettext("Ở cửa hàng"), gettext("Đang bày") if row.published else gettext("Đang ẩn")),
    )


def _act_line(entry: AuditRow) -> ActLine:
    return ActLine(
        act=entry.act,
        actor=entry.actor,
        at=entry.at,
        facts="; ".join(_fact_label(name, value) for name, value in entry.facts),
    )


def _fact_label(name: str, value: object) -> str:
    label = _FACT_LABELS.get(name)
    return label(str(value)) if label else f"{name}: {value}"


_FACT_LABELS: Mapping[str, Callable[[str], str]] = {
    "reason": _reason,
    "stars": lambda value: rank_label(int(value) if value.isdecimal() else None),
    "decision_number": lambda value: gettext("quyết định %(n)s", n=value),
    "issued_on": lambda value: gettext("cấp %(day)s", day=value),
    "valid_until": lambda value: gettext("đến hết %(day)s", day=value),
    "last_day": lambda value: gettext("đến hết %(day)s", day=value),
    "days_before": lambda value: gettext("trước %(n)s ngày", n=value),
    "certificate_id": lambda value: gettext("giấy số %(n)s của sổ", n=value),
    "note": lambda value: gettext("“%(text)s”", text=value),
}
"""How the facts of an act are told, by their name in the audit log."""
