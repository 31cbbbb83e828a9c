"""What was recorded in error is put right by acts of their own: each has a reason, and both readings are kept.

These are the only acts that change what is said of a past day. The row in error stays with when, by whom and why, and
with the days on which it had decided (`believed_until`); `standing_as_known` reads what was believed then.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification import awards
from app.certification.awards import Decision
from app.certification.models import Certificate, Dossier
from app.certification.rights import product_of_unit
from app.certification.standing import Standing, standing, standing_of
from app.core import audit
from app.core.audit import Actor
from app.core.clock import vietnam_day
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.text import clean_text

_OF_THE_PAPER: Final = (
    *("product_id", "stars", "score", "potential_five", "level", "unit_id", "decision_number", "rule_set"),
    *("issued_on", "recognised_year", "valid_until", "certain_until", "possible_until"),
    *("lapsed_by_source", "source_id"),
)
"""What a certificate states by itself, whatever became of it since."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Which certificate was recorded in error, why, and who says so; `officer_unit` is the province they act for."""

    product_id: int
    certificate_id: int
    reason: str
    officer_unit: str
    actor: Actor
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class _Struck:
    """A certificate that decides no more, the days [since, until) that it had, and the one it had ended."""

    certificate: Certificate
    product: Product
    since: dt.date
    until: dt.date
    before: Certificate | None
    others: list[Certificate]


@dataclass(frozen=True, slots=True)
class InError:
    """A certificate recorded in error, in both readings: for what the register took it on the days [since, until), and
    what it says now of the first of them. Nothing was said of a day by one that was struck as it was recorded."""

    certificate_id: int
    believed: Standing
    known_now: Standing
    since: dt.date
    until: dt.date
    at: dt.datetime
    by: str
    reason: str


def in_error(session: Session, product_id: int) -> list[InError]:
    """A product's certificates that were recorded in error, the last one found first."""
    rows = session.scalars(
        sa.select(Certificate)
        .where(Certificate.product_id == product_id, Certificate.recorded_in_error_at.is_not(None))
        .order_by(Certificate.recorded_in_error_at.desc(), Certificate.id.desc())
    )
    return [_in_error(session, row, row.recorded_in_error_at) for row in rows if row.recorded_in_error_at]


def _in_error(session: Session, row: Certificate, at: dt.datetime) -> InError:
    since = row.decides_from
    return InError(
        certificate_id=row.id,
        believed=standing(row, False, since),
        known_now=standing_of(session, row.product_id, since),
        since=since,
        until=min(row.believed_until or since, vietnam_day(at)),
        at=at,
        by=row.recorded_in_error_by or "",
        reason=row.recorded_in_error_reason or "",
    )


def record_in_error(session: Session, correction: Correction) -> Certificate:
    """The product never had this certificate: the one that it had ended decides again, a dossier is open again.

    Raises NotAllowed and NotFound as `product_of_unit`, NotFound (certificate), Conflict (`in-error-already`),
    InvalidInput at reason.
    """
    struck = _strike(session, correction)
    if struck.before is not None:
        struck.before.decides_until = struck.until
    _reopen_dossier(session, struck.certificate)
    session.flush()
    _note(session, correction, "certificate.recorded-in-error", **awards.facts_of(struck.certificate))
    return struck.certificate


def correct(session: Session, correction: Correction, right: Decision) -> Certificate:
    """The certificate was recorded with wrong facts: `right` are those of its paper. Returns the right one.

    It decides on the days of the wrong one, from its issue at the earliest; a withdrawal stays. Raises as
    `record_in_error`, and as `awards.award` where the paper cannot stand.
    """
    rules = awards.check(session, right, vietnam_day(correction.now))
    struck = _strike(session, correction)
    awards.require_new(right, struck.others)
    if struck.before is not None:
        awards.require_later(right, struck.before)
    following = next((c for c in struck.others if c.decides_from == struck.until), None)
    if following is not None and right.issued_on > (begun := following.issued_on or following.decides_from):
        raise InvalidInput("after-the-next", field="issued_on", next=begun.isoformat())
    certificate = awards.certificate_of(session, right, rules, struck.product, now=correction.now)
    wrong = struck.certificate
    certificate.withdrawn_on, certificate.withdrawn_reason = wrong.withdrawn_on, wrong.withdrawn_reason
    certificate.withdrawn_note = wrong.withdrawn_note
    certificate.withdrawn_by_decision = wrong.withdrawn_by_decision
    _put_in_its_place(session, struck, certificate, max(struck.since, right.issued_on))
    _note(
        session,
        correction,
        "certificate.corrected",
        instead_of=wrong.id,
        **awards.facts_of(certificate),
    )
    return certificate


def take_back_withdrawal(session: Session, correction: Correction) -> Certificate:
    """The certificate was never withdrawn: the withdrawal was recorded in error. Returns the certificate that stands.

    Raises as `record_in_error`, and Conflict (`not-withdrawn`).
    """
    struck = _strike(session, correction)
    wrong = struck.certificate
    if wrong.withdrawn_on is None:
        raise Conflict("not-withdrawn")
    certificate = Certificate(
        **{name: getattr(wrong, name) for name in _OF_THE_PAPER}, created_at=correction.now
    )
    _put_in_its_place(session, struck, certificate, struck.since)
    _note(
        session,
        correction,
        "certificate.withdrawal-in-error",
        instead_of=wrong.id,
        **awards.facts_of(certificate),
    )
    return certificate


def _strike(session: Session, correction: Correction) -> _Struck:
    """Let a certificate decide no day any more, with its reason."""
    reason = clean_text(correction.reason)
    if not 10 <= len(reason) <= 1000:
        raise InvalidInput("note-length", field="reason", least=10, most=1000)
    today = vietnam_day(correction.now)
    product = product_of_unit(session, correction.product_id, correction.officer_unit, today)
    certificates = awards.certificates_of(session, product.id)
    wrong = next((c for c in certificates if c.id == correction.certificate_id), None)
    if wrong is None:
        known = session.get(Certificate, correction.certificate_id)
        if known is None or known.product_id != product.id:
            raise NotFound
        raise Conflict("in-error-already")
    earlier = certificates[: certificates.index(wrong)]
    before = next((c for c in reversed(earlier) if c.decides_until == wrong.decides_from), None)
    since, until = wrong.decides_from, wrong.decides_until
    wrong.believed_until, wrong.decides_until = until, since
    wrong.recorded_in_error_at, wrong.recorded_in_error_reason = correction.now, reason
    wrong.recorded_in_error_by = correction.actor.label
    others = [c for c in certificates if c is not wrong]
    return _Struck(wrong, product, since, until, before, others)


def _put_in_its_place(session: Session, struck: _Struck, certificate: Certificate, since: dt.date) -> None:
    """Let a certificate decide from `since` to where the wrong one had ended; until then the one before does."""
    certificate.decides_from, certificate.decides_until = since, struck.until
    if struck.before is not None:
        struck.before.decides_until = since
    session.add(certificate)
    session.flush()


def _reopen_dossier(session: Session, certificate: Certificate) -> None:
    """Open the dossier that this award had ended, unless the product has another open one by now."""
    dossiers = session.scalars(sa.select(Dossier).where(Dossier.product_id == certificate.product_id)).all()
    ended = [dossier for dossier in dossiers if dossier.closed_at == certificate.created_at]
    if ended and all(dossier.closed_at is not None for dossier in dossiers):
        ended[0].reopen()


def _note(session: Session, correction: Correction, act: str, **facts: object) -> None:
    audit.record(
        session,
        act,
        ("product", correction.product_id),
        actor=correction.actor,
        now=correction.now,
        note=clean_text(correction.reason),
        **facts,
    )
