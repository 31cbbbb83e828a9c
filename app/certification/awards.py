"""Awarding and withdrawing: the acts by which a standing changes."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.models import OPEN_END, Certificate, Dossier, DossierState, ProgrammeLevel, RuleSet
from app.certification.standing import months_later
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


def rule_set_on(session: Session, day: dt.date) -> RuleSet:
    """The criteria set in force on a day. Raises InvalidInput where there is none."""
    rules = session.scalar(
        sa.select(RuleSet).where(
            RuleSet.effective_from <= day,
            sa.or_(RuleSet.effective_until.is_(None), RuleSet.effective_until >= day),
        )
    )
    if rules is None:
        raise InvalidInput("no-rule-set", field="issued_on", day=day.isoformat())
    return rules


def award(
    session: Session,
    *,
    product_id: int,
    stars: int,
    decision_number: str,
    issued_on: dt.date,
    score: int | None,
    unit_id: str | None,
    actor: Actor,
    now: dt.datetime,
) -> Certificate:
    """Give a product a certificate that decides from its issue on; the one before ends there (superseded).

    Raises InvalidInput (stars, score against stars, decision number, a date in the future or before the one that
    decides now), NotFound (product) and Conflict when the decision number already stands for the product.
    """
    today = vietnam_day(now)
    decision_number = clean_line(decision_number)
    _check_decision(decision_number, issued_on, today)
    rules = rule_set_on(session, issued_on)
    level = _check_rank(rules, stars, score)
    # The product's row is the lock: a first certificate has no other row that a second click could wait for.
    if session.scalar(sa.select(Product.id).where(Product.id == product_id).with_for_update()) is None:
        raise NotFound("no-product", product_id=product_id)
    certificates = list(
        session.scalars(
            sa.select(Certificate)
            .where(Certificate.product_id == product_id)
            .order_by(Certificate.decides_from)
            .with_for_update()
        )
    )
    if any(c.decision_number == decision_number and c.issued_on == issued_on for c in certificates):
        raise Conflict("already-awarded", field="decision_number", decision_number=decision_number)
    for before in certificates:
        if before.decides_until == OPEN_END:
            if before.decides_from > issued_on:
                raise InvalidInput("before-the-last", field="issued_on", last=before.decides_from.isoformat())
            before.decides_until = issued_on
    until = months_later(issued_on, rules.validity_months)
    certificate = Certificate(
        product_id=product_id,
        stars=stars,
        score=score,
        level=level,
        decision_number=decision_number,
        rule_set=rules.code,
        issued_on=issued_on,
        recognised_year=issued_on.year,
        valid_until=until,
        certain_until=until,
        possible_until=until,
        decides_from=issued_on,
        decides_until=OPEN_END,
        unit_id=unit_id,
        created_at=now,
    )
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
        certificate_id=certificate.id,
        stars=stars,
        decision_number=decision_number,
        issued_on=issued_on.isoformat(),
        valid_until=until.isoformat(),
    )
    return certificate


def _check_rank(rules: RuleSet, stars: int, score: int | None) -> ProgrammeLevel:
    """The level on which the rank is recognised."""
    points, level = rules.points.get(stars), rules.level_of(stars)
    if points is None or level is None:
        raise InvalidInput("stars-out-of-range", field="stars", stars=stars)
    if score is not None and score not in points:
        raise InvalidInput(
            "score-outside-band", field="score", score=score, least=points[0], most=points[-1], stars=stars
        )
    return level


def _check_decision(decision_number: str, issued_on: dt.date, today: dt.date) -> None:
    if not 3 <= len(decision_number) <= 60:
        raise InvalidInput("decision-number", field="decision_number")
    if issued_on > today:
        raise InvalidInput("in-the-future", field="issued_on")
    if issued_on < FIRST_POSSIBLE:
        raise InvalidInput("before-the-programme", field="issued_on", first=FIRST_POSSIBLE.isoformat())


def withdraw(
    session: Session, *, product_id: int, reason: str, note: str, actor: Actor, now: dt.datetime
) -> Certificate:
    """Withdraw the certificate that decides today: from this moment the product has no star.

    Raises NotFound (nothing to withdraw), Conflict (already withdrawn), InvalidInput (reason, note).
    """
    if reason not in WITHDRAWAL_REASONS:
        raise InvalidInput("unknown-reason", field="reason", reason=reason)
    note = clean_text(note)
    if not 10 <= len(note) <= 1000:
        raise InvalidInput("note-length", field="note", least=10, most=1000)
    today = vietnam_day(now)
    certificate = session.scalar(
        sa.select(Certificate)
        .where(
            Certificate.product_id == product_id,
            Certificate.decides_from <= today,
            Certificate.decides_until > today,
        )
        .with_for_update()
    )
    if certificate is None:
        raise NotFound("no-certificate", product_id=product_id)
    if certificate.withdrawn_on is not None:
        raise Conflict("already-withdrawn", on=certificate.withdrawn_on.isoformat())
    certificate.withdrawn_on, certificate.withdrawn_reason, certificate.withdrawn_note = today, reason, note
    audit.record(
        session,
        "certificate.withdrawn",
        ("product", product_id),
        actor=actor,
        now=now,
        certificate_id=certificate.id,
        reason=reason,
        note=note,
    )
    return certificate
