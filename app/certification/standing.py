"""What standing a product has on a day: the only place that answers.

A certificate lasts 36 months from its issue (QĐ 148/QĐ-TTg 24/02/2023). Where `valid_until` is known it decides. Where
only the year of recognition is known the certificate is surely in force until 31 December of year + 2, surely lapsed
after 31 December of year + 3, and unconfirmed between. With neither it is unconfirmed. Two stored dates carry this,
so that Python (`standing`) and SQL (`standing_state`) ask the same comparison; a property test holds them together.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.certification.models import Certificate, Dossier, ProgrammeLevel
from app.core.clock import end_of, vietnam_day


class StandingState(StrEnum):
    """What a product may call itself on one day (docs/glossary.md, standing). It follows from dates, no act sets it."""

    IN_FORCE = "in-force"
    UNCONFIRMED = "unconfirmed"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    PENDING = "pending"
    NONE = "none"


STARRED: Final = (StandingState.IN_FORCE, StandingState.UNCONFIRMED)
YEARS: Final = 3
"""How long a certificate lasts (36 months): one of some day of year Y ends on some day of Y + 3."""
ENDED: Final = (StandingState.LAPSED, StandingState.WITHDRAWN)
"""The stars are over for good."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A product's standing on one day.

    `stars` is the rank the deciding certificate gives (None: unknown), `drawn_stars` what may be drawn today: the
    rank while in force (solid) or unconfirmed (outlined), else 0. `until` is the last day in force where it is known.
    `level` is who recognised it (district, province, national), None where the register states none.
    `reason` is why: valid-until, recognised-year, no-date, a withdrawal's reason, dossier-open, or no-certificate.
    """

    state: StandingState
    reason: str
    on: dt.date
    stars: int | None = None
    until: dt.date | None = None
    recognised_year: int | None = None
    issued_on: dt.date | None = None
    decision_number: str | None = None
    withdrawn_on: dt.date | None = None
    potential_five: bool = False
    certificate_id: int | None = None
    level: ProgrammeLevel | None = None

    @property
    def drawn_stars(self) -> int:
        return (self.stars or 0) if self.state in STARRED else 0

    @property
    def in_force(self) -> bool:
        return self.state == StandingState.IN_FORCE

    @property
    def ending_year(self) -> int | None:
        """The year in which it ends, where the day is not known and the year of recognition is."""
        return self.recognised_year + YEARS if self.recognised_year and not self.until else None

    @property
    def first_end(self) -> dt.date | None:
        """The first day that may be its last, while its star may be drawn; None where no year is known."""
        if self.state not in STARRED:
            return None
        return self.until or (dt.date(self.ending_year, 1, 1) if self.ending_year else None)

    @property
    def days_left(self) -> int | None:
        """Days to the certificate's last day, while it is in force and that day is known."""
        return (self.until - self.on).days if self.in_force and self.until else None


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The facts of a certificate that decide a standing; rows and ORM objects give the same names."""

    id: int | None
    stars: int | None
    certain_until: dt.date | None
    possible_until: dt.date | None
    valid_until: dt.date | None
    recognised_year: int | None
    issued_on: dt.date | None
    decision_number: str | None
    withdrawn_on: dt.date | None
    withdrawn_reason: str | None
    potential_five: bool
    decides_from: dt.date
    decides_until: dt.date
    level: ProgrammeLevel | None = None


def certainty(
    valid_until: dt.date | None, recognised_year: int | None
) -> tuple[dt.date | None, dt.date | None]:
    """(certain_until, possible_until) from what a source gives. None: never surely in force; no known end."""
    if valid_until is not None:
        return valid_until, valid_until
    if recognised_year is not None:
        last = recognised_year + YEARS
        return dt.date(last - 1, 12, 31), dt.date(last, 12, 31)
    return None, None


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of the month so many months later (earlier if negative), the month's last where there is none."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def standing(certificate: CertificateFacts | Certificate | None, dossier_open: bool, on: dt.date) -> Standing:
    """The standing by the certificate that decides on the day (None: there is none)."""
    if certificate is None:
        if dossier_open:
            return Standing(StandingState.PENDING, "dossier-open", on)
        return Standing(StandingState.NONE, "no-certificate", on)
    c = certificate
    if c.withdrawn_on is not None and c.withdrawn_on <= on:
        state, reason = StandingState.WITHDRAWN, c.withdrawn_reason or "unknown"
    else:
        reason = "valid-until" if c.valid_until else "recognised-year" if c.recognised_year else "no-date"
        if c.certain_until is not None and on <= c.certain_until:
            state = StandingState.IN_FORCE
        elif c.possible_until is None or on <= c.possible_until:
            state = StandingState.UNCONFIRMED
        else:
            state = StandingState.LAPSED
    return Standing(
        state=state,
        reason=reason,
        on=on,
        stars=c.stars,
        until=c.valid_until,
        recognised_year=c.recognised_year,
        issued_on=c.issued_on,
        decision_number=c.decision_number,
        withdrawn_on=c.withdrawn_on if state == StandingState.WITHDRAWN else None,
        potential_five=c.potential_five,
        certificate_id=c.id,
        level=c.level,
    )


# The tables' own columns: a fixed question asked through the ORM's attributes takes twice as long.
_CERTIFICATE = Certificate.__table__.c
_DOSSIER = Dossier.__table__.c


def decides(product_id: sa.ColumnElement[int], on: dt.date) -> sa.ColumnElement[bool]:
    """The join condition to the one certificate that decides a product's standing on a day."""
    return sa.and_(
        _CERTIFICATE.product_id == product_id,
        _CERTIFICATE.decides_from <= on,
        _CERTIFICATE.decides_until > on,
    )


def dossier_is_open(
    product_id: sa.ColumnElement[int], end: dt.datetime | sa.BindParameter[dt.datetime]
) -> sa.ColumnElement[bool]:
    """Whether the product has a dossier that is open as a day ends (`clock.end_of`); where no certificate decides."""
    return sa.exists(sa.select(1).where(_DOSSIER.product_id == product_id, *_open_at(end)))


def _open_at(end: dt.datetime | sa.BindParameter[dt.datetime]) -> tuple[sa.ColumnElement[bool], ...]:
    return _DOSSIER.opened_at < end, sa.or_(_DOSSIER.closed_at.is_(None), _DOSSIER.closed_at >= end)


def standing_state(product_id: sa.ColumnElement[int], on: dt.date) -> sa.ColumnElement[str]:
    """The value of the state as SQL, in a query outer-joined to Certificate by `decides`."""
    c, state = _CERTIFICATE, StandingState
    pending = dossier_is_open(product_id, end_of(on))
    return sa.case(
        (c.id.is_(None), sa.case((pending, state.PENDING.value), else_=state.NONE.value)),
        (c.withdrawn_on <= on, state.WITHDRAWN.value),
        (c.certain_until >= on, state.IN_FORCE.value),
        (sa.or_(c.possible_until.is_(None), c.possible_until >= on), state.UNCONFIRMED.value),
        else_=state.LAPSED.value,
    )


def drawn_stars(product_id: sa.ColumnElement[int], on: dt.date) -> sa.ColumnElement[int]:
    """The stars that may be drawn, 0 for none, as SQL in the same query as `standing_state`."""
    return sa.case(
        (standing_state(product_id, on).in_(STARRED), sa.func.coalesce(_CERTIFICATE.stars, 0)), else_=0
    )


FACT_COLUMNS = tuple(_CERTIFICATE[name] for name in CertificateFacts.__slots__)
_DECIDING = sa.select(_CERTIFICATE.product_id, *FACT_COLUMNS).where(
    _CERTIFICATE.product_id.in_(sa.bindparam("products", expanding=True)),
    _CERTIFICATE.decides_from <= sa.bindparam("on"),
    _CERTIFICATE.decides_until > sa.bindparam("on"),
)
_EVERY_CERTIFICATE = (
    sa.select(*FACT_COLUMNS)
    .where(_CERTIFICATE.product_id == sa.bindparam("product"), _CERTIFICATE.recorded_in_error_at.is_(None))
    .order_by(_CERTIFICATE.decides_from.desc(), _CERTIFICATE.id.desc())
)
_WAITING = sa.select(sa.literal(1)).where(
    _DOSSIER.product_id == sa.bindparam("product"),
    *_open_at(sa.bindparam("end", type_=_DOSSIER.opened_at.type)),
)


def standings(session: Session, product_ids: Iterable[int], on: dt.date) -> dict[int, Standing]:
    """The standing of each product on a day, in two queries however many there are."""
    ids = sorted(set(product_ids))
    by_product: dict[int, Standing] = {}
    rows = session.execute(_DECIDING, {"products": ids, "on": on})
    for product_id, *facts in rows:
        by_product[product_id] = standing(CertificateFacts(*facts), False, on)
    missing = [i for i in ids if i not in by_product]
    if missing:
        pending = set(
            session.scalars(
                sa.select(_DOSSIER.product_id).where(_DOSSIER.product_id.in_(missing), *_open_at(end_of(on)))
            )
        )
        for product_id in missing:
            by_product[product_id] = standing(None, product_id in pending, on)
    return by_product


def standing_of(session: Session, product_id: int, on: dt.date) -> Standing:
    """The standing of one product on a day."""
    return standings(session, [product_id], on)[product_id]


def history(session: Session, product_id: int, on: dt.date) -> list[Standing]:
    """Every certificate the product has had, newest first, each as it stands on the day; none recorded in error."""
    rows = session.execute(_EVERY_CERTIFICATE, {"product": product_id})
    return [standing(CertificateFacts(*facts), False, on) for facts in rows]


def standing_and_history(session: Session, product_id: int, on: dt.date) -> tuple[Standing, list[Standing]]:
    """`standing_of` and `history` of one product together, in one query; a second where it has no certificate."""
    rows = session.execute(_EVERY_CERTIFICATE, {"product": product_id})
    every = [CertificateFacts(*facts) for facts in rows]
    deciding = next((facts for facts in every if facts.decides_from <= on < facts.decides_until), None)
    waiting = deciding is None and bool(session.scalar(_WAITING, {"product": product_id, "end": end_of(on)}))
    return standing(deciding, waiting, on), [standing(facts, False, on) for facts in every]


def standing_by_paper(session: Session, product_id: int, day: dt.date) -> Standing:
    """What is known by now of a past day: `standing_of`, or a certificate that was typed later and covers the day.

    Between a decision and the day it is typed the register knows of no star; the paper has it.
    """
    said = standing_of(session, product_id, day)
    if said.state in STARRED:
        return said
    papers = session.execute(_EVERY_CERTIFICATE, {"product": product_id})
    by_paper = (standing(CertificateFacts(*facts), False, day) for facts in papers)
    return next((s for s in by_paper if s.issued_on and s.issued_on <= day and s.in_force), said)


def standing_as_known(session: Session, product_id: int, day: dt.date, known_on: dt.date) -> Standing:
    """What the register said of a day at the end of `known_on` (a Vietnam day, not before it).

    All that was recorded in error since then counts as it was believed. What is known now is `standing_of`.
    """
    rows = session.scalars(
        sa.select(Certificate)
        .where(Certificate.product_id == product_id)
        .order_by(Certificate.decides_from, Certificate.id)
    )
    believed = [
        c
        for c in rows
        if vietnam_day(c.created_at) <= known_on and c.decides_from <= day < _believed_until(c, known_on)
    ]
    waiting = not believed and bool(session.scalar(_WAITING, {"product": product_id, "end": end_of(day)}))
    # Where one had ended another and is in error by now, the other stretches over its days: the later one was believed.
    return standing(believed[-1] if believed else None, waiting, day)


def _believed_until(certificate: Certificate, known_on: dt.date) -> dt.date:
    struck, until = certificate.recorded_in_error_at, certificate.believed_until
    return (
        certificate.decides_until
        if struck is None or until is None or vietnam_day(struck) <= known_on
        else until
    )
