"""Certificates that end: mails to their producers 180, 90, 30 and 0 days before, and a note of those that have ended.

Of a certificate known by its year only, the days count to the year in which it ends: it may end on any day of that.

Nothing waits for this: what standing a product has follows from its dates (`standing`). The daily round only reminds
people. Each threshold is a row, unique for certificate and threshold, written in the transaction that queues the mail,
so running twice, late, or on two machines at once reminds nobody twice.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import OF_A_PRODUCER, Membership, User
from app.catalogue.models import Producer, Product
from app.certification.models import Certificate, CertificateReminder
from app.core import audit
from app.core.audit import Actor
from app.core.clock import vietnam_day
from app.core.outbox import send_later

THRESHOLDS: Final = (180, 90, 30, 0)
"""Days before the last day in force, this included, on which a producer hears of it."""
ENDED: Final = -1
"""The threshold under which it is noted that a certificate has ended."""
TEMPLATE: Final = "programme/mail/expiring"


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: certificates reminded of, mails queued, certificates noted as ended, and certificates near
    their end whose producer has nobody here to write to (they are asked again at the next round)."""

    reminded: int
    mails: int
    ended: int
    nobody: int


@dataclass(frozen=True, slots=True)
class _Ending:
    certificate_id: int
    product_id: int
    product: str
    slug: str
    stars: int | None
    valid_until: dt.date | None
    certain_until: dt.date | None
    possible_until: dt.date
    producer_id: int | None
    producer: str | None

    def days_left(self, today: dt.date) -> int | None:
        """Days to the last one that is sure; none are left (0) once the year in which it ends has begun.

        None after its end, and where a source that knows no day says it has ended.
        """
        if self.valid_until is not None:
            return (self.valid_until - today).days
        if self.certain_until is None or self.possible_until < today:
            return None
        return max(0, (self.certain_until - today).days)


def threshold_of(days_left: int) -> int | None:
    """The nearest threshold that has been reached; None while the first is still ahead, or after the last day."""
    reached = [days for days in THRESHOLDS if 0 <= days_left <= days]
    return min(reached, default=None)


def remind(session: Session, *, actor: Actor, now: dt.datetime) -> Round:
    """Queue the reminders that are due and note the certificates that have ended. The caller commits."""
    today = vietnam_day(now)
    endings = _endings(session, today)
    reminded = _reminded(session, [ending.certificate_id for ending in endings])
    ended = [
        ending
        for ending in endings
        if ending.possible_until < today and (ending.certificate_id, ENDED) not in reminded
    ]
    for ending in ended:
        _note_ended(session, ending, actor=actor, now=now)
    due: defaultdict[tuple[int, int], list[_Ending]] = defaultdict(list)
    for ending in endings:
        days = ending.days_left(today)
        threshold = None if days is None else threshold_of(days)
        if threshold is not None and (ending.certificate_id, threshold) not in reminded:
            due[ending.producer_id or 0, threshold].append(ending)
    people = _people(session, {producer_id for producer_id, _ in due})
    count = mails = 0
    for (producer_id, threshold), together in sorted(due.items()):
        if producer_id not in people:
            continue
        count += len(together)
        mails += _mail(session, together, threshold, people[producer_id], actor=actor, now=now)
    return Round(count, mails, len(ended), sum(map(len, due.values())) - count)


def _endings(session: Session, today: dt.date) -> list[_Ending]:
    """Certificates that decide today, are not withdrawn, and end within the longest threshold or have ended.

    The rows are locked: a second round waits here, and reads afterwards what the first one wrote.
    """
    noted = sa.exists(
        sa.select(1).where(
            CertificateReminder.certificate_id == Certificate.id, CertificateReminder.days_before == ENDED
        )
    )
    horizon = today + dt.timedelta(days=max(THRESHOLDS))
    rows = session.execute(
        sa.select(
            Certificate.id,
            Product.id,
            Product.name,
            Product.slug,
            Certificate.stars,
            Certificate.valid_until,
            Certificate.certain_until,
            Certificate.possible_until,
            Producer.id,
            Producer.name,
        )
        .join(Product, Product.id == Certificate.product_id)
        .outerjoin(Producer, Producer.id == Product.producer_id)
        .where(
            Certificate.decides_from <= today,
            Certificate.decides_until > today,
            Certificate.withdrawn_on.is_(None),
            sa.or_(Certificate.certain_until <= horizon, Certificate.possible_until <= horizon),
            Certificate.possible_until.is_not(None),
            sa.or_(Certificate.possible_until >= today, ~noted),
        )
        .order_by(Certificate.id)
        .with_for_update(of=Certificate)
    )
    return [_ending(*row) for row in rows]


def _ending(*facts: Any) -> _Ending:
    return _Ending(*facts)


def _reminded(session: Session, ids: list[int]) -> set[tuple[int, int]]:
    rows = session.execute(
        sa.select(CertificateReminder.certificate_id, CertificateReminder.days_before).where(
            CertificateReminder.certificate_id.in_(ids)
        )
    )
    return {(row.certificate_id, row.days_before) for row in rows}


def _note_ended(session: Session, ending: _Ending, *, actor: Actor, now: dt.datetime) -> None:
    session.add(CertificateReminder(certificate_id=ending.certificate_id, days_before=ENDED, at=now))
    audit.record(
        session,
        "certificate.lapsed",
        ("product", ending.product_id),
        actor=actor,
        now=now,
        certificate_id=ending.certificate_id,
        stars=ending.stars,
        last_day=ending.possible_until.isoformat(),
    )


def _people(session: Session, producer_ids: Iterable[int]) -> dict[int, list[tuple[str, str | None, str]]]:
    """By producer its owners and staff who may log in: (address, name for the greeting, language)."""
    rows = session.execute(
        sa.select(sa.func.coalesce(Membership.producer_id, 0), User.email, User.greeting_name, User.language)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.producer_id.in_(sorted(producer_ids)),
            Membership.role.in_(OF_A_PRODUCER),
            User.disabled_at.is_(None),
        )
        .distinct()
        .order_by(User.email)
    )
    people: defaultdict[int, list[tuple[str, str | None, str]]] = defaultdict(list)
    for producer_id, address, name, language in rows:
        people[producer_id].append((address, name, language))
    return dict(people)


def _mail(
    session: Session,
    endings: list[_Ending],
    threshold: int,
    people: list[tuple[str, str | None, str]],
    *,
    actor: Actor,
    now: dt.datetime,
) -> int:
    """One mail to each person about all the producer's certificates at this threshold. Returns how many."""
    for ending in endings:
        session.add(CertificateReminder(certificate_id=ending.certificate_id, days_before=threshold, at=now))
        audit.record(
            session,
            "certificate.reminded",
            ("product", ending.product_id),
            actor=actor,
            now=now,
            certificate_id=ending.certificate_id,
            days_before=threshold,
        )
    today = vietnam_day(now)
    certificates: list[dict[str, Any]] = [
        {
            "product": ending.product,
            "slug": ending.slug,
            "stars": ending.stars,
            "until": ending.valid_until.isoformat() if ending.valid_until else None,
            "year": ending.possible_until.year,
            "days_left": ending.days_left(today),
        }
        for ending in sorted(endings, key=lambda ending: (ending.possible_until, ending.product))
    ]
    for address, name, language in people:
        facts = {"name": name, "producer": endings[0].producer, "certificates": certificates}
        mail = {"to": address, "template": TEMPLATE, "language": language, "facts": facts}
        send_later(session, "mail", mail, now=now)
    return len(people)
