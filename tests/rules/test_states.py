"""Every state of every enumeration can come about, and the CHECK of its column allows just its members."""

from __future__ import annotations

import ast
import datetime as dt
import itertools
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, get_template_attribute
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from app.accounts.memberships import grant
from app.accounts.models import OF_A_PRODUCER, Membership, MembershipRole
from app.catalogue.alcohol import decide_alcohol, state_alcohol
from app.catalogue.models import AlcoholRecord, AlcoholRecorder, Product
from app.certification.awards import Decision, award
from app.certification.models import DOSSIER_TRANSITIONS, Certificate, Dossier, DossierState, ProgrammeLevel
from app.certification.standing import StandingState, standings
from app.core.audit import Actor
from app.core.db import Model, atomic
from app.core.errors import WrongState
from app.core.states import OneOf, Transitions
from app.events.models import SubjectKind
from app.geography.models import AdministrativeUnit, Scheme, UnitLevel
from app.orders import fulfilment
from app.orders.models import ORDER_TRANSITIONS, Order, OrderState
from app.supply.batches import close_batch, open_batch
from app.supply.models import BATCH_TRANSITIONS, BatchState, MovementKind, StockMovement
from app.supply.stock import allocate_stock, record_movement, restock
from app.trace.pages.verdict import NO_STAMP_OF_OURS, StampFacts, VerdictState, judge
from app.trace.printing.sheets import begin_printing
from app.trace.stamps.keys import KeyRing
from app.trace.stamps.models import AddressForm, ExceptionState, StampException, StampRoll
from app.trace.stamps.rolls import Span, void_range
from tests.factories.accounts import make_user
from tests.factories.catalogue import make_producer, make_product, make_variant
from tests.factories.certification import make_certificate, make_dossier
from tests.factories.orders import make_order
from tests.factories.places import LAO_CAI, VINH_LONG
from tests.factories.supply import make_batch
from tests.factories.trace import KEY, make_roll

APP = Path(__file__).resolve().parents[2] / "app"
LAN = Actor(None, "Lan")
TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
WITH_STEPS: tuple[Transitions[Any], ...] = (ORDER_TRANSITIONS, BATCH_TRANSITIONS, DOSSIER_TRANSITIONS)
"""What moves from state to state."""
GIVEN_ONCE = {
    MembershipRole,
    ProgrammeLevel,
    StandingState,
    MovementKind,
    ExceptionState,
    AddressForm,
    Scheme,
    UnitLevel,
    SubjectKind,
    AlcoholRecord,
    AlcoholRecorder,
}
"""What a row has from its beginning to its end."""
COLUMNS = [
    (table.name, column.name, column.type.members)
    for table in Model.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, OneOf)
]


@pytest.mark.parametrize(("table", "column", "members"), COLUMNS)
def test_the_check_of_a_column_allows_its_members_and_nothing_else(
    session: Session, table: str, column: str, members: type[StrEnum]
) -> None:
    checks = sa.inspect(session.connection()).get_check_constraints(table)
    (text,) = [check["sqltext"] for check in checks if check["name"] == f"ck_{table}_{column}"]
    assert sorted(re.findall(r"'([^']*)'", text)) == sorted(members)


def test_a_check_that_lists_words_is_always_made_from_an_enumeration() -> None:
    listed = {
        (table.name, found[1])
        for table in Model.metadata.sorted_tables
        for check in table.constraints
        if isinstance(check, sa.CheckConstraint)
        and (found := re.match(r"(?:\w+ IS NULL OR )?(\w+) IN \('", str(check.sqltext)))
    }
    assert listed == {(table, column) for table, column, _ in COLUMNS}


def test_every_enumeration_is_looked_at_here() -> None:
    assert {members for _, _, members in COLUMNS} == GIVEN_ONCE | {type(one.first) for one in WITH_STEPS}


def test_a_column_is_not_asked_for_a_word_that_is_no_member(session: Session) -> None:
    with pytest.raises(StatementError, match="'lost' is not a valid OrderState"):
        session.scalar(sa.select(Order.id).where(Order.state == "lost"))


def test_the_code_compares_no_state_with_a_bare_word() -> None:
    def asked(side: ast.expr) -> bool:
        return isinstance(side, ast.Attribute) and side.attr in ("state", "role", "standing", "level")

    def bare(side: ast.expr) -> bool:
        words = side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
        return any(isinstance(word, ast.Constant) and isinstance(word.value, str) for word in words)

    found = [
        f"{path.relative_to(APP)}:{node.lineno}"
        for path in APP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        and any(map(asked, (node.left, *node.comparators)))
        and any(map(bare, (node.left, *node.comparators)))
    ]
    assert found == []


@pytest.mark.parametrize("table", WITH_STEPS, ids=lambda table: type(table.first).__name__)
def test_every_state_is_reached_from_the_first(table: Transitions[Any]) -> None:
    states: type[StrEnum] = type(table.first)
    assert set(table.after) == set(states)
    reached, ahead = {table.first}, [table.first]
    while ahead:
        following = table.after[ahead.pop()] - reached
        reached |= following
        ahead += following
    assert reached == set(states)


STEPS: dict[OrderState, tuple[Callable[..., Order], dict[str, str]]] = {
    OrderState.CONFIRMED: (fulfilment.confirm, {}),
    OrderState.SHIPPED: (fulfilment.ship, {"tracking": "EH1"}),
    OrderState.DELIVERED: (fulfilment.deliver, {}),
    OrderState.CANCELLED: (fulfilment.cancel, {"reason": "Hết chè"}),
}
"""The verb that leads to a state of an order."""


def test_every_step_of_an_order_has_its_verb() -> None:
    assert set(STEPS) == set().union(*ORDER_TRANSITIONS.after.values())


@pytest.mark.parametrize(("state", "wanted"), list(itertools.product(OrderState, STEPS)))
def test_the_verbs_of_an_order_take_the_steps_of_its_table_and_no_other(
    session: Session, now: dt.datetime, state: OrderState, wanted: OrderState
) -> None:
    order, (verb, facts) = make_order(session, state=state), STEPS[wanted]
    who = {"producer_id": order.producer_id, "number": order.number, "actor": LAN, "now": now}
    if wanted in ORDER_TRANSITIONS.after[state]:
        with atomic() as writing:
            assert verb(writing, **who, **facts).state is wanted
        return
    with pytest.raises(WrongState) as refused, atomic() as writing:
        verb(writing, **who, **facts)
    assert refused.value.facts == {"state": state, "wanted": wanted}


def test_a_batch_is_closed_once(session: Session, now: dt.datetime) -> None:
    batch = make_batch(session)
    assert batch.state is BatchState.OPEN
    who: dict[str, Any] = {"producer_id": batch.producer_id, "batch_id": batch.id, "actor": LAN, "now": now}
    with atomic() as writing:
        assert close_batch(writing, **who).state is BatchState.CLOSED
    with pytest.raises(WrongState, match="batch-not-open"), atomic() as writing:
        close_batch(writing, **who)


def give(product_id: int, now: dt.datetime, **facts: Any) -> Certificate:
    """An award of four stars today, changed by `facts`."""
    asked: dict[str, Any] = {
        "stars": 4,
        "issued_on": TODAY,
        "level": ProgrammeLevel.PROVINCE,
        "number": "1306/QĐ",
    }
    with atomic() as session:
        return award(
            session,
            product_id=product_id,
            decision=Decision(**(asked | facts)),
            officer_unit=LAO_CAI,
            actor=LAN,
            now=now,
        )


def test_a_dossier_ends_with_the_award_and_only_once(session: Session, now: dt.datetime) -> None:
    dossier = make_dossier(session)
    assert dossier.state is DossierState.SUBMITTED
    give(dossier.product_id, now)
    ended = session.get_one(Dossier, dossier.id, populate_existing=True)
    assert (ended.state, ended.closed_at) == (DossierState.AWARDED, now)
    with pytest.raises(WrongState, match="dossier-state"):
        ended.end(DossierState.AWARDED, now=now)
    ended.reopen()
    assert (ended.state, ended.closed_at) == (DossierState.SUBMITTED, None)
    with pytest.raises(WrongState, match="dossier-state"):
        ended.reopen()


def test_every_level_recognises_some_rank_on_some_day(session: Session, now: dt.datetime) -> None:
    days = ((3, dt.date(2024, 5, 2)), (4, TODAY), (5, TODAY))
    for (stars, issued_on), level in zip(days, ProgrammeLevel, strict=True):
        give(make_product(session).id, now, stars=stars, issued_on=issued_on, level=level)
    assert set(session.scalars(sa.select(Certificate.level))) == set(ProgrammeLevel)


def test_every_record_of_alcohol_and_every_recorder_comes_about(session: Session, now: dt.datetime) -> None:
    unsaid, stated, decided = make_product(session), make_product(session), make_product(session)
    with atomic() as writing:
        state_alcohol(writing, writing.get_one(Product, stated.id), alcohol=False, actor=LAN, now=now)
        decide_alcohol(writing, product_id=decided.id, alcohol=True, reason="label", actor=LAN, now=now)
    found = [session.get_one(Product, each.id) for each in (unsaid, decided, stated)]
    assert [product.alcohol_record for product in found] == list(AlcoholRecord)
    assert {product.alcohol_recorder for product in found} == {None, *AlcoholRecorder}


def test_every_standing_is_that_of_some_product(session: Session) -> None:
    products = [
        make_certificate(session).product_id,
        make_certificate(session, recognised_year=2023).product_id,
        make_certificate(session, valid_until=TODAY - DAY).product_id,
        make_certificate(session, withdrawn_on=TODAY, withdrawn_reason="voluntary").product_id,
        make_dossier(session).product_id,
        make_product(session).id,
    ]
    by_product = standings(session, products, TODAY)
    assert [by_product[product].state for product in products] == list(StandingState)


def test_every_kind_of_movement_is_written_by_a_verb(session: Session, now: dt.datetime) -> None:
    product = make_product(session)
    variant = make_variant(session, product=product)
    assert product.producer_id is not None
    whose: dict[str, Any] = {"producer_id": product.producer_id, "actor": LAN, "now": now}
    with atomic() as writing:
        batch = open_batch(
            writing,
            variant_id=variant.id,
            code="L1",
            made_on=TODAY,
            expires_on=None,
            quantity=10,
            **whose,
        )
        sold = allocate_stock(writing, {variant.id: 3}, reference="đơn", now=now)
        restock(writing, sold, reference="đơn", now=now)
        for kind, quantity in (("spoiled", 2), ("adjusted", -1), ("returned", 1)):
            record_movement(writing, batch_id=batch.id, kind=kind, quantity=quantity, **whose)
    written = session.scalars(sa.select(StockMovement.kind).where(StockMovement.batch_id == batch.id)).all()
    assert set(written) == set(MovementKind)


def test_every_exception_of_stamps_is_written_by_a_verb(session: Session, now: dt.datetime) -> None:
    roll = make_roll(session)
    with atomic() as writing:
        void_range(
            writing,
            producer_id=roll.producer_id,
            roll_id=roll.id,
            span=Span(1, 2),
            reason="in nhòe",
            actor=LAN,
            now=now,
        )
    assert set(session.scalars(sa.select(StampException.state))) == set(ExceptionState)


def test_every_form_of_address_is_printed(session: Session, now: dt.datetime) -> None:
    for gtin in (None, "09520000000011"):
        roll = make_roll(session, variant=make_variant(session, gtin=gtin))
        with atomic() as writing:
            begin_printing(
                writing,
                producer_id=roll.producer_id,
                roll_id=roll.id,
                span=Span(1, 1),
                ring=KeyRing((KEY,)),
                actor=LAN,
                now=now,
            )
    assert set(session.scalars(sa.select(StampRoll.address_form))) == set(AddressForm)


def test_every_role_is_granted(session: Session, now: dt.datetime) -> None:
    user, producer = make_user(session), make_producer(session)
    with atomic() as writing:
        for role in MembershipRole:
            where = {
                "producer_id": producer.id if role in OF_A_PRODUCER else None,
                "unit_id": VINH_LONG if role == MembershipRole.OFFICER else None,
            }
            grant(writing, user.id, role, **where, actor=LAN, now=now)  # type: ignore[arg-type]
    assert set(session.scalars(sa.select(Membership.role))) == set(MembershipRole)


def test_the_country_has_units_of_every_scheme_and_level(session: Session) -> None:
    units = session.execute(sa.select(AdministrativeUnit.scheme, AdministrativeUnit.level)).all()
    assert {scheme for scheme, _ in units} == set(Scheme)
    assert {level for _, level in units} == set(UnitLevel)


def test_every_verdict_is_that_of_some_stamp() -> None:
    stamps = (
        StampFacts(1, batch_id, expires_on, frozenset(exceptions), standing)
        for batch_id, expires_on in ((None, None), (1, TODAY - DAY), (1, TODAY))
        for exceptions in ((), ExceptionState)
        for standing in StandingState
    )
    said = {
        judge(facts, seen_before=seen, wrong_product=wrong, today=TODAY).state
        for facts, seen, wrong in itertools.product(stamps, (None, 0, 1), (False, True))
    }
    assert said | {NO_STAMP_OF_OURS.state} == set(VerdictState)


@pytest.mark.parametrize("macro", ["verdict_title", "verdict_lead"])
def test_every_verdict_has_words_and_a_seal_of_its_own(app: Flask, macro: str) -> None:
    with app.test_request_context():
        say = get_template_attribute("components/verdict.html", macro)
        draw = get_template_attribute("components/seal.html", "seal")
        assert len({str(say(state)) for state in VerdictState}) == len(VerdictState)
        assert len({str(draw(state)) for state in VerdictState}) == len(VerdictState)
