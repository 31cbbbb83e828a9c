"""Roles are given and taken, and the audit log says by whom."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.demo import (
    DEMO_ACCOUNTS,
    DemoAccountsPresent,
    create_demo_accounts,
    demo_accounts_present,
    refuse_demo_accounts,
)
from app.accounts.memberships import AlreadyGranted, LastAdmin, disable, enable, grant, revoke
from app.accounts.models import Membership
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import InvalidInput, NotAllowed, NotFound
from tests.factories.accounts import make_admin, make_membership, make_user, member_of
from tests.factories.catalogue import make_producer
from tests.factories.places import TRA_VINH, VINH_LONG

CLI = Actor(None, "cli")


def test_a_member_has_all_roles(session: Session) -> None:
    user, mine, other = make_user(session), make_producer(session), make_producer(session)
    make_membership(session, user, "owner", producer=mine)
    make_membership(session, user, "staff", producer=other)
    make_membership(session, user, "officer", unit_id=TRA_VINH)
    make_membership(session, user, "promotion")
    who = member_of(session, user.id)
    assert who is not None
    assert who.producer_ids == (mine.id, other.id)
    assert who.owned_producer_ids == (mine.id,)
    assert who.officer_units == (TRA_VINH,)
    assert who.promotion
    assert not who.admin


@pytest.mark.parametrize(
    ("role", "needs", "field"),
    [
        ("owner", None, "producer"),
        ("staff", "unit", "producer"),
        ("officer", None, "unit"),
        ("officer", "producer", "producer"),
        ("promotion", "unit", "unit"),
        ("admin", "producer", "producer"),
        ("king", None, "role"),
    ],
)
def test_a_role_is_tied_to_what_it_needs_and_nothing_else(
    session: Session, now: dt.datetime, role: str, needs: str | None, field: str
) -> None:
    user, producer = make_user(session), make_producer(session)
    with pytest.raises(InvalidInput) as refused, atomic() as writing:
        grant(
            writing,
            user.id,
            role,
            producer_id=producer.id if needs == "producer" else None,
            unit_id=VINH_LONG if needs == "unit" else None,
            actor=CLI,
            now=now,
        )
    assert refused.value.field == field


def test_nobody_becomes_officer_of_a_province_that_is_no_more(session: Session, now: dt.datetime) -> None:
    user = make_user(session)
    with pytest.raises(NotAllowed, match="unit-abolished") as refused, atomic() as writing:
        grant(writing, user.id, "officer", unit_id=TRA_VINH, actor=CLI, now=now)
    assert (refused.value.field, refused.value.facts["successor"]) == ("unit", "Vĩnh Long")
    with atomic() as writing:
        grant(writing, user.id, "officer", unit_id=VINH_LONG, actor=CLI, now=now)


@pytest.mark.parametrize("unit", ["VN34-99", "VN34-29308", "nonsense"])
def test_an_officer_is_of_a_province(session: Session, now: dt.datetime, unit: str) -> None:
    user = make_user(session)
    with pytest.raises(InvalidInput) as refused, atomic() as writing:
        grant(writing, user.id, "officer", unit_id=unit, actor=CLI, now=now)
    assert refused.value.code == "unknown-place"


def test_the_same_role_is_given_once(session: Session, now: dt.datetime) -> None:
    user = make_user(session)
    with atomic() as writing:
        grant(writing, user.id, "promotion", actor=CLI, now=now)
    with pytest.raises(AlreadyGranted), atomic() as writing:
        grant(writing, user.id, "promotion", actor=CLI, now=now)
    assert session.scalar(sa.select(sa.func.count()).select_from(Membership)) == 1


def test_a_role_is_taken_from_its_owner_only(session: Session, now: dt.datetime) -> None:
    user, other = make_user(session), make_user(session)
    membership = make_membership(session, user, "promotion")
    with pytest.raises(NotFound), atomic() as writing:
        revoke(writing, membership.id, user_id=other.id, actor=CLI, now=now)
    with atomic() as writing:
        revoke(writing, membership.id, user_id=user.id, actor=CLI, now=now)
    assert session.scalar(sa.select(sa.func.count()).select_from(Membership)) == 0
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.act, entry.object_id, entry.facts["role"]) == (
        "membership.revoked",
        str(user.id),
        "promotion",
    )


def test_the_last_admin_stays(session: Session, now: dt.datetime) -> None:
    only = make_admin(session)
    role = session.scalars(sa.select(Membership)).one()
    with pytest.raises(LastAdmin), atomic() as writing:
        revoke(writing, role.id, user_id=only.id, actor=CLI, now=now)
    with pytest.raises(LastAdmin), atomic() as writing:
        disable(writing, only.id, actor=CLI, now=now)
    make_admin(session)
    with atomic() as writing:
        disable(writing, only.id, actor=CLI, now=now)
    assert member_of(session, only.id) is None


def test_closing_twice_is_closing_once_and_opening_brings_the_person_back(
    session: Session, now: dt.datetime
) -> None:
    user = make_user(session)
    for _ in range(2):
        with atomic() as writing:
            disable(writing, user.id, actor=CLI, now=now)
    for _ in range(2):
        with atomic() as writing:
            enable(writing, user.id, actor=CLI, now=now)
    assert member_of(session, user.id) is not None
    assert list(session.scalars(sa.select(AuditEntry.act).order_by(AuditEntry.id))) == [
        "user.disabled",
        "user.enabled",
    ]
    with pytest.raises(NotFound), atomic() as writing:
        enable(writing, 999_999, actor=CLI, now=now)


def test_the_people_of_the_demonstration_are_made_once(session: Session, now: dt.datetime) -> None:
    first, second = make_producer(session), make_producer(session)
    for expected in (DEMO_ACCOUNTS, ()):
        with atomic() as writing:
            made = create_demo_accounts(writing, producer_id=first.id, other_producer_id=second.id, now=now)
        assert made == expected
    assert demo_accounts_present(session) == DEMO_ACCOUNTS
    roles = session.execute(sa.select(Membership.role, Membership.producer_id)).all()
    assert {tuple(row) for row in roles} == {
        ("owner", first.id),
        ("staff", first.id),
        ("owner", second.id),
        ("promotion", None),
        ("officer", None),
        ("admin", None),
    }


def test_a_site_with_people_of_the_demonstration_is_refused(session: Session, now: dt.datetime) -> None:
    refuse_demo_accounts(session)
    make_user(session, email=DEMO_ACCOUNTS[0].email)
    with pytest.raises(DemoAccountsPresent) as refused:
        refuse_demo_accounts(session)
    assert refused.value.facts["addresses"] == [DEMO_ACCOUNTS[0].email]
