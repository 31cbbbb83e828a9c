"""Awarding and withdrawing: the acts by which a standing changes, from the day on which they are recorded.

A decision signed last week and typed today decides from today: what was said of the days between stays said, and the
certificate names its own days (`issued_on`, `valid_until`). What was wrong is put right by `corrections`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.models import (
    OPEN_END,
    Certificate,
    Dossier,
    DossierState,
    ProgrammeLevel,
    RuleSet,
)
from app.certification.rights import deciding_unit, product_of_unit, recognising_level, rule_set_on
from app.certification.standing import STARRED, months_later, standing
from app.core import audit
from app.core.audit import Actor
from app.core.clock import vietnam_day
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.text import clean_line, clean_text

# Reasons seen in provincial practice (Đồng Tháp 2024-25, Hà Tĩnh); labels for them are in the templates.
WITHDRAWAL_REASONS = (
    "expired-not-renewed",
    "failed-re-evaluation",
    "food-safety",
    "process-deviation",
    "no-records",
    "production-stopped",
    "mark-misuse",
    "voluntary",
)
FIRST_POSSIBLE = dt.date(2018, 5, 7)  # QĐ 490/QĐ-TTg began the national programme
COMMITTEE: Final = "UBND"
"""In the number of every decision of a people's committee, of a province as of a district, and of no ministry's."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as its paper states it: `level` of the body that took it, `score` of 100 where it names one."""

    stars: int
    level: ProgrammeLevel
    number: str
    issued_on: dt.date
    score: int | None = None


def award(
    session: Session,
    *,
    product_id: int,
    decision: Decision,
    officer_unit: str,
    actor: Actor,
    now: dt.datetime,
) -> Certificate:
    """Record a decision that gives a product its rank: it decides from today, and the one before ends (superseded).

    `officer_unit` is the province the actor acts for. Raises InvalidInput (stars, level, score, decision number, a day
    in the future or older than what it would end), NotAllowed and NotFound as `product_of_unit`, Conflict when the
    decision already stands for the product.
    """
    today = vietnam_day(now)
    rules = check(session, decision, today)
    product = product_of_unit(session, product_id, officer_unit, today)
    certificates = certificates_of(session, product.id)
    require_new(decision, certificates)
    begins = today
    before = next((c for c in certificates if c.decides_until == OPEN_END), None)
    if before is not None:
        require_later(decision, before)
        until = months_later(decision.issued_on, rules.validity_months)
        if until < today and standing(before, False, today).state in STARRED:
            raise InvalidInput("over-already", field="issued_on", until=until.isoformat())
        before.decides_until = begins = max(
            today, before.decides_from
        )  # not before what it ends, by any clock
    certificate = certificate_of(session, decision, rules, product, now=now)
    certificate.decides_from = begins
    session.add(certificate)
    for dossier in session.scalars(
        sa.select(Dossier).where(Dossier.product_id == product_id, Dossier.closed_at.is_(None))
    ):
        dossier.end(DossierState.AWARDED, now=now)
    session.flush()
    audit.record(
        session,
        "certificate.awarded",
        ("product", product_id),
        actor=actor,
        now=now,
        **facts_of(certificate),
    )
    return certificate


def check(session: Session, decision: Decision, today: dt.date) -> RuleSet:
    """The rule set by which a decision was taken. Raises InvalidInput where the decision contradicts it or itself."""
    if not 3 <= len(clean_line(decision.number)) <= 60:
        raise InvalidInput("decision-number", field="decision_number")
    if decision.issued_on > today:
        raise InvalidInput("in-the-future", field="issued_on")
    if decision.issued_on < FIRST_POSSIBLE:
        raise InvalidInput("before-the-programme", field="issued_on", first=FIRST_POSSIBLE.isoformat())
    rules = rule_set_on(session, decision.issued_on)
    points = rules.points.get(decision.stars)
    level = recognising_level(session, rules, decision.stars, decision.issued_on)
    if points is None or level is None:
        raise InvalidInput("stars-out-of-range", field="stars", stars=decision.stars)
    if level is not decision.level:
        raise InvalidInput("not-their-rank", field="level", stars=decision.stars, level=level.value)
    if level is ProgrammeLevel.NATIONAL and COMMITTEE in decision.number.upper():
        raise InvalidInput("not-a-national-number", field="decision_number")
    if decision.score is not None and decision.score not in points:
        raise InvalidInput(
            "score-outside-band",
            field="score",
            score=decision.score,
            least=points[0],
            most=points[-1],
            stars=decision.stars,
        )
    return rules


def certificates_of(session: Session, product_id: int) -> list[Certificate]:
    """A product's certificates that stand, in the order in which they decide, locked."""
    return list(
        session.scalars(
            sa.select(Certificate)
            .where(Certificate.product_id == product_id, Certificate.recorded_in_error_at.is_(None))
            .order_by(Certificate.decides_from, Certificate.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def require_new(decision: Decision, certificates: Iterable[Certificate]) -> None:
    """Raises Conflict when the decision is among these certificates."""
    number = clean_line(decision.number)
    if any(c.decision_number == number and c.issued_on == decision.issued_on for c in certificates):
        raise Conflict("already-awarded", field="decision_number", decision_number=number)


def require_later(decision: Decision, before: Certificate) -> None:
    """Raises InvalidInput when the decision is older than the certificate, or its withdrawal, that it would end."""
    begun = before.issued_on or before.decides_from  # the first day that its year allows
    if decision.issued_on < begun:
        raise InvalidInput("before-the-last", field="issued_on", last=begun.isoformat())
    if before.withdrawn_on is not None and decision.issued_on < before.withdrawn_on:
        raise InvalidInput("before-the-withdrawal", field="issued_on", on=before.withdrawn_on.isoformat())


def certificate_of(
    session: Session, decision: Decision, rules: RuleSet, product: Product, *, now: dt.datetime
) -> Certificate:
    """The certificate of a decision, not yet added; the days on which it decides are for the act to set."""
    until = months_later(decision.issued_on, rules.validity_months)
    return Certificate(
        product_id=product.id,
        stars=decision.stars,
        score=decision.score,
        level=decision.level,
        decision_number=clean_line(decision.number),
        rule_set=rules.code,
        issued_on=decision.issued_on,
        recognised_year=decision.issued_on.year,
        valid_until=until,
        certain_until=until,
        possible_until=until,
        unit_id=deciding_unit(session, product, decision.level, decision.issued_on),
        created_at=now,
    )


def facts_of(certificate: Certificate) -> dict[str, object]:
    """What the log says of a certificate."""
    issued_on, until = certificate.issued_on, certificate.valid_until
    return {
        "certificate_id": certificate.id,
        "stars": certificate.stars,
        "level": certificate.level,
        "decision_number": certificate.decision_number,
        "issued_on": issued_on.isoformat() if issued_on else None,
        "valid_until": until.isoformat() if until else None,
        "recognised_year": certificate.recognised_year,
    }


def withdraw(
    session: Session,
    *,
    product_id: int,
    reason: str,
    note: str,
    decision_number: str = "",
    officer_unit: str,
    actor: Actor,
    now: dt.datetime,
) -> Certificate:
    """Withdraw the certificate that decides today: from this moment the product has no star.

    A rank that the nation gave is taken back by the nation: `decision_number` is then its decision's, needed. Raises
    NotAllowed and NotFound as `product_of_unit`, NotFound (nothing to withdraw), Conflict (already withdrawn),
    InvalidInput (reason, note, decision number).
    """
    if reason not in WITHDRAWAL_REASONS:
        raise InvalidInput("unknown-reason", field="reason", reason=reason)
    note = clean_text(note)
    if not 10 <= len(note) <= 1000:
        raise InvalidInput("note-length", field="note", least=10, most=1000)
    today = vietnam_day(now)
    product = product_of_unit(session, product_id, officer_unit, today)
    certificate = next(
        (c for c in certificates_of(session, product.id) if c.decides_from <= today < c.decides_until), None
    )
    if certificate is None:
        raise NotFound("no-certificate", product_id=product_id)
    if certificate.withdrawn_on is not None:
        raise Conflict("already-withdrawn", on=certificate.withdrawn_on.isoformat())
    number = clean_line(decision_number)
    if number and not 3 <= len(number) <= 60:
        raise InvalidInput("decision-number", field="decision_number")
    if _is_of_the_nation(session, certificate, today) and (not number or COMMITTEE in number.upper()):
        raise InvalidInput("withdrawn-by-the-nation", field="decision_number", stars=certificate.stars)
    certificate.withdrawn_on, certificate.withdrawn_reason, certificate.withdrawn_note = today, reason, note
    certificate.withdrawn_by_decision = number or None
    audit.record(
        session,
        "certificate.withdrawn",
        ("product", product_id),
        actor=actor,
        now=now,
        certificate_id=certificate.id,
        reason=reason,
        note=note,
        decision_number=number or None,
    )
    return certificate


def _is_of_the_nation(session: Session, certificate: Certificate, today: dt.date) -> bool:
    """Whether the nation gave the rank; a source that names no level leaves it to the rank."""
    if certificate.level is not None:
        return certificate.level is ProgrammeLevel.NATIONAL
    if certificate.stars is None:
        return False
    rules = rule_set_on(session, today)
    return recognising_level(session, rules, certificate.stars, today) is ProgrammeLevel.NATIONAL
