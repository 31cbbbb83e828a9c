"""Producers hear of an end in time, once each, and nothing that is shown waits for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.certification.models import CertificateReminder
from app.certification.reminders import Round, remind, threshold_of
from app.certification.standing import standing_of
from app.core import clock, jobs
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.outbox import OutboxMessage
from app.core.parts import part
from config import Settings
from tests.certification.test_awards import at_once
from tests.factories.accounts import make_membership, make_owner, make_staff, make_user
from tests.factories.catalogue import make_producer, make_product
from tests.factories.certification import make_certificate
from tests.factories.outbox import delivered, text_of

TODAY = dt.date(2026, 11, 21)
JOB = Actor(None, "job")


def in_days(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def go() -> Round:
    with atomic() as session:
        return remind(session, actor=JOB, now=clock.now())


@pytest.mark.parametrize(
    ("days", "threshold"),
    [
        (181, None),
        (180, 180),
        (91, 180),
        (90, 90),
        (31, 90),
        (30, 30),
        (1, 30),
        (0, 0),
        (-1, None),
    ],
)
def test_the_nearest_threshold_counts(days: int, threshold: int | None) -> None:
    assert threshold_of(days) == threshold


def test_a_certificate_is_reminded_of_at_each_threshold_once(
    session: Session, set_day: Callable[[dt.date], dt.datetime]
) -> None:
    producer = make_producer(session)
    make_owner(session, producer)
    make_certificate(session, product=make_product(session, producer=producer), valid_until=in_days(185))
    thresholds = []
    for day in range(188):
        set_day(in_days(day))
        thresholds.extend([185 - day] * go().mails)
    assert thresholds == [180, 90, 30, 0]
    rows = session.scalars(sa.select(CertificateReminder.days_before).order_by(CertificateReminder.id)).all()
    assert rows == [180, 90, 30, 0, -1]


def test_a_certificate_known_by_its_year_is_reminded_of_before_that_year_ends_it(
    session: Session, set_day: Callable[[dt.date], dt.datetime]
) -> None:
    producer = make_producer(session)
    make_owner(session, producer)
    make_certificate(session, product=make_product(session, producer=producer), recognised_year=2024)
    sent = []
    for day in range(800):
        on = dt.date(2026, 6, 1) + dt.timedelta(days=day)
        set_day(on)
        sent.extend([on] * go().mails)
    first = dt.date(
        2026, 12, 31
    )  # the last day that is sure: issued on some day of 2024, it ends on one of 2027
    assert sent == [first - dt.timedelta(days=days) for days in (180, 90, 30, 0)]
    rows = session.scalars(sa.select(CertificateReminder.days_before).order_by(CertificateReminder.id)).all()
    assert rows == [180, 90, 30, 0, -1]


def test_within_the_year_in_which_it_ends_the_mail_says_so_once(app: Flask, session: Session) -> None:
    producer = make_producer(session)
    make_owner(session, producer)
    product = make_product(session, producer=producer, name="Chè Shan")
    make_certificate(session, product=product, recognised_year=2023)
    assert (go().mails, go().mails) == (1, 0)
    words = text_of(delivered(part(Settings, app))[0])
    assert "Chè Shan, 4 sao: hết trong năm 2026, chưa rõ ngày" in words


def test_one_mail_a_person_names_all_certificates_of_the_producer(app: Flask, session: Session) -> None:
    producer = make_producer(session, name="HTX Suối Giàng")
    owner, staff = make_owner(session, producer), make_staff(session, producer)
    closed = make_user(session, disabled_at=clock.now())
    make_membership(session, closed, "owner", producer=producer)
    for name, days in (("Chè Shan", 25), ("Trà Bát tiên", 20)):
        product = make_product(session, producer=producer, name=name)
        make_certificate(session, product=product, valid_until=in_days(days), stars=4)
    assert go() == Round(reminded=2, mails=2, ended=0, nobody=0)
    mails = delivered(part(Settings, app))
    assert sorted(str(mail["To"]) for mail in mails) == sorted([owner.email, staff.email])
    text = text_of(mails[0])
    assert text.index("Trà Bát tiên, 4 sao: còn 20 ngày, đến hết 11/12/2026") < text.index("Chè Shan")
    assert "http://localhost/products/" in text


def test_on_the_last_day_the_mail_names_it(app: Flask, session: Session) -> None:
    producer = make_producer(session)
    make_owner(session, producer)
    product = make_product(session, producer=producer)
    make_certificate(session, product=product, valid_until=TODAY, stars=None)
    go()
    assert "hôm nay là ngày cuối" in text_of(delivered(part(Settings, app))[0])


def test_nobody_to_tell_is_asked_again(session: Session) -> None:
    producer = make_producer(session)
    make_certificate(session, product=make_product(session, producer=producer), valid_until=in_days(10))
    make_certificate(session, product=make_product(session, producer_id=None), valid_until=in_days(10))
    assert go() == Round(reminded=0, mails=0, ended=0, nobody=2)
    make_owner(session, producer)
    assert go() == Round(reminded=1, mails=1, ended=0, nobody=1)


def test_withdrawn_superseded_and_undated_certificates_are_left_alone(session: Session) -> None:
    producer = make_producer(session)
    make_owner(session, producer)
    facts = (
        {"withdrawn_on": TODAY, "withdrawn_reason": "voluntary", "valid_until": in_days(10)},
        {"decides_until": TODAY, "valid_until": in_days(10)},
        {"decides_from": in_days(1), "valid_until": in_days(10)},
        {"recognised_year": 2025},
        {"recognised_year": 2023, "certain_until": None, "possible_until": None},
    )
    for certificate in facts:
        make_certificate(session, product=make_product(session, producer=producer), **certificate)
    assert go() == Round(0, 0, 0, 0)


def test_an_end_is_noted_once_and_standing_never_waits_for_it(session: Session) -> None:
    ended = make_certificate(session, valid_until=in_days(-1), stars=5)
    by_year = make_certificate(session, recognised_year=2022)
    assert standing_of(session, ended.product_id, TODAY).state == "lapsed"
    assert (go().ended, go().ended) == (2, 0)
    entries = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.act == "certificate.lapsed").order_by(AuditEntry.id)
    ).all()
    assert [(e.object_id, e.facts["last_day"]) for e in entries] == [
        (str(ended.product_id), "2026-11-20"),
        (str(by_year.product_id), "2025-12-31"),
    ]


def test_two_rounds_at_once_tell_once(app: Flask, session: Session) -> None:
    producer = make_producer(session)
    make_owner(session, producer)
    make_certificate(session, product=make_product(session, producer=producer), valid_until=in_days(90))
    make_certificate(session, valid_until=in_days(-3))
    rounds = at_once(app, [lambda: str(go())] * 4)
    assert rounds.count(str(Round(1, 1, 1, 0))) == 1
    assert rounds.count(str(Round(0, 0, 0, 0))) == 3
    mails = sa.select(sa.func.count()).where(OutboxMessage.kind == "mail")
    assert session.scalar(mails) == 1


def test_the_command_reports_what_it_did_and_does_it_once(runner: FlaskCliRunner, session: Session) -> None:
    producer = make_producer(session)
    make_owner(session, producer)
    make_certificate(session, product=make_product(session, producer=producer), valid_until=in_days(30))
    make_certificate(session, valid_until=in_days(30))
    make_certificate(session, valid_until=in_days(-30))
    first = runner.invoke(args=["certificates", "expire"])
    assert first.exit_code == 0
    assert "1 reminded of, by 1 mails" in first.output
    assert "1 noted as ended" in first.output
    assert "1 end soon and their producer has nobody here" in first.output
    assert "0 reminded of, by 0 mails" in runner.invoke(args=["certificates", "expire"]).output


def test_the_consumer_does_the_same(session: Session) -> None:
    make_certificate(session, valid_until=in_days(-1))
    jobs.run_round({})
    session.rollback()
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "certificate.lapsed")).one()
    assert entry.actor_label == "job"
