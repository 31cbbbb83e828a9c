"""Dated facts keep their order: only a correction changes what is said of a past day, and both readings are kept."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.awards import award, withdraw
from app.certification.corrections import Correction, correct, record_in_error, take_back_withdrawal
from app.certification.models import OPEN_END, Certificate, Dossier
from app.certification.standing import (
    STARRED,
    Standing,
    decides,
    history,
    standing_and_history,
    standing_as_known,
    standing_by_paper,
    standing_of,
    standing_state,
)
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import atomic
from app.core.errors import Conflict, InvalidInput, NotFound, Refusal
from tests.certification.test_awards import LAN, TODAY, decided, give, take_back
from tests.factories.catalogue import make_product
from tests.factories.certification import make_certificate, make_dossier
from tests.factories.places import LAO_CAI

DAY = dt.timedelta(days=1)
WHY = "Gõ nhầm sản phẩm, xem biên bản 12."


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 5, tzinfo=dt.UTC)


def correction(certificate: Certificate, **facts: Any) -> Correction:
    asked: dict[str, Any] = {
        "product_id": certificate.product_id,
        "certificate_id": certificate.id,
        "reason": WHY,
        "officer_unit": LAO_CAI,
        "actor": LAN,
        "now": clock.now(),
    }
    return Correction(**(asked | facts))


def strike(certificate: Certificate, **facts: Any) -> Certificate:
    with atomic() as session:
        return record_in_error(session, correction(certificate, **facts))


def put_right(
    certificate: Certificate, *, because: dict[str, Any] | None = None, **paper: Any
) -> Certificate:
    with atomic() as session:
        return correct(session, correction(certificate, **(because or {})), decided(**paper))


def restore(certificate: Certificate, **facts: Any) -> Certificate:
    with atomic() as session:
        return take_back_withdrawal(session, correction(certificate, **facts))


# -- no act but a correction changes a past day


def test_an_award_decides_from_the_day_it_is_recorded(session: Session) -> None:
    product = make_product(session)
    old = make_certificate(session, product=product, stars=3, decides_from=dt.date(2025, 1, 1))
    new = give(product, issued_on=TODAY - 40 * DAY)
    said = [standing_of(session, product.id, day).certificate_id for day in (TODAY - DAY, TODAY)]
    assert said == [old.id, new.id]


def test_an_award_never_begins_before_what_it_ends_not_even_by_a_clock_set_back(session: Session) -> None:
    product = make_product(session)
    ahead = make_certificate(session, product=product, issued_on=TODAY, decides_from=TODAY + 3 * DAY)
    given = give(product, issued_on=TODAY)
    assert given.decides_from == TODAY + 3 * DAY
    kept = session.get_one(Certificate, ahead.id, populate_existing=True)
    assert (kept.decides_from, kept.decides_until) == (TODAY + 3 * DAY, TODAY + 3 * DAY)


def test_an_award_signed_before_a_withdrawal_does_not_undo_it(session: Session) -> None:
    product = make_product(session)
    make_certificate(session, product=product, decides_from=dt.date(2025, 1, 1))
    take_back(product, now=noon(TODAY - 11 * DAY))
    with pytest.raises(InvalidInput, match="before-the-withdrawal") as refused:
        give(product, issued_on=TODAY - 12 * DAY)
    assert (refused.value.field, refused.value.facts["on"]) == ("issued_on", "2026-11-10")
    give(product, issued_on=TODAY - 11 * DAY)
    states = [standing_of(session, product.id, TODAY - n * DAY).state for n in (12, 11, 1, 0)]
    assert states == ["in-force", "withdrawn", "withdrawn", "in-force"]


@pytest.mark.parametrize(
    ("present", "issued_on", "code"),
    [
        (
            {"recognised_year": 2024, "decides_from": dt.date(2024, 1, 1)},
            dt.date(2023, 12, 31),
            "before-the-last",
        ),
        ({"recognised_year": 2023, "decides_from": dt.date(2023, 1, 1)}, dt.date(2023, 5, 5), "over-already"),
        ({"issued_on": dt.date(2025, 3, 3)}, dt.date(2025, 3, 2), "before-the-last"),
        ({"certain_until": None, "possible_until": None}, dt.date(2020, 5, 5), "over-already"),
        ({"certain_until": None, "possible_until": None}, dt.date(2023, 11, 20), "over-already"),
    ],
)
def test_an_older_certificate_never_ends_a_present_star(
    session: Session, present: dict[str, Any], issued_on: dt.date, code: str
) -> None:
    product = make_product(session)
    held = make_certificate(session, product=product, **present)
    with pytest.raises(InvalidInput, match=code) as refused:
        give(product, issued_on=issued_on)
    assert refused.value.field == "issued_on"
    session.rollback()
    today = standing_of(session, product.id, TODAY)
    assert today.state in STARRED and today.certificate_id == held.id


def test_of_two_that_are_over_the_later_one_may_be_recorded(session: Session) -> None:
    product = make_product(session)
    make_certificate(session, product=product, recognised_year=2019, decides_from=dt.date(2019, 1, 1))
    give(product, issued_on=dt.date(2023, 1, 2))
    assert standing_of(session, product.id, TODAY).until == dt.date(2026, 1, 2)


def test_between_a_decision_and_its_typing_the_paper_answers_for_goods(session: Session) -> None:
    product = make_product(session)
    make_certificate(session, product=product, stars=3, valid_until=TODAY - 60 * DAY)
    new = give(product, issued_on=TODAY - 40 * DAY)
    made = TODAY - 20 * DAY
    assert standing_of(session, product.id, made).state == "lapsed"
    by_paper = standing_by_paper(session, product.id, made)
    assert (by_paper.certificate_id, by_paper.state, by_paper.stars) == (new.id, "in-force", 4)
    assert standing_by_paper(session, product.id, TODAY - 41 * DAY).state == "lapsed"
    assert standing_by_paper(session, product.id, TODAY).certificate_id == new.id
    take_back(product)
    assert standing_by_paper(session, product.id, TODAY).state == "withdrawn"
    assert standing_by_paper(session, product.id, made).certificate_id == new.id
    strike(new)
    assert standing_by_paper(session, product.id, made).state == "lapsed"


# -- recorded in error


def test_a_certificate_in_error_gives_its_days_back_and_both_readings_stay(session: Session) -> None:
    product = make_product(session)
    old = make_certificate(
        session,
        product=product,
        stars=3,
        decides_from=dt.date(2025, 1, 1),
        created_at=noon(dt.date(2025, 1, 1)),
    )
    wrong = give(product, now=noon(TODAY - 10 * DAY))
    strike(wrong)
    kept = session.get_one(Certificate, wrong.id, populate_existing=True)
    assert (kept.recorded_in_error_by, kept.recorded_in_error_reason) == ("Sơn Thị Lan", WHY)
    assert kept.recorded_in_error_at is not None
    assert (kept.decides_from, kept.decides_until, kept.believed_until) == (
        TODAY - 10 * DAY,
        TODAY - 10 * DAY,
        OPEN_END,
    )
    day = TODAY - 5 * DAY
    assert standing_of(session, product.id, day).certificate_id == old.id
    assert standing_as_known(session, product.id, day, day).certificate_id == wrong.id
    assert standing_as_known(session, product.id, day, TODAY).certificate_id == old.id
    assert [each.certificate_id for each in history(session, product.id, TODAY)] == [old.id]
    assert standing_and_history(session, product.id, TODAY)[1] == history(session, product.id, TODAY)
    entry = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.act == "certificate.recorded-in-error")
    ).one()
    assert (entry.actor_id, entry.facts["note"], entry.facts["certificate_id"]) == (7, WHY, wrong.id)


def test_with_the_only_certificate_in_error_the_dossier_waits_again(session: Session) -> None:
    product = make_product(session)
    make_dossier(session, product=product, opened_at=noon(TODAY - 20 * DAY))
    wrong = give(product, now=noon(TODAY - 10 * DAY))
    strike(wrong)
    assert standing_of(session, product.id, TODAY - 5 * DAY).state == "pending"
    assert standing_as_known(session, product.id, TODAY - 5 * DAY, TODAY - 5 * DAY).state == "in-force"
    assert standing_as_known(session, product.id, TODAY - 15 * DAY, TODAY - 15 * DAY).state == "pending"
    give(product)
    assert standing_of(session, product.id, TODAY).drawn_stars == 4


def test_a_dossier_handed_in_since_is_the_one_that_waits(session: Session) -> None:
    product = make_product(session)
    first = make_dossier(session, product=product)
    wrong = give(product)
    make_dossier(session, product=product)
    strike(wrong)
    assert session.get_one(Dossier, first.id, populate_existing=True).closed_at is not None


def test_of_three_certificates_of_one_day_the_one_that_stands_decides(session: Session) -> None:
    product = make_product(session)
    first = make_certificate(session, product=product, decides_from=dt.date(2025, 1, 1))
    second, third = give(product), give(product, number="2200/QĐ-UBND")
    strike(third)
    assert standing_of(session, product.id, TODAY).certificate_id == second.id
    strike(second)
    assert standing_of(session, product.id, TODAY).certificate_id == first.id


def test_a_struck_decision_may_be_recorded_again(session: Session) -> None:
    product = make_product(session)
    strike(give(product))
    give(product)
    assert standing_of(session, product.id, TODAY).drawn_stars == 4


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"reason": "ngắn"}, InvalidInput),
        ({"reason": "x" * 1001}, InvalidInput),
        ({"certificate_id": 404}, NotFound),
        ({"officer_unit": "VN34-86"}, NotFound),
    ],
)
def test_a_correction_needs_a_reason_and_the_right_hands(
    session: Session, facts: dict[str, Any], refusal: type[Refusal]
) -> None:
    held = give(make_product(session))
    for act in (strike, restore):
        with pytest.raises(refusal):
            act(held, **facts)
    with pytest.raises(refusal):
        put_right(held, because=facts)
    assert standing_of(session, held.product_id, TODAY).certificate_id == held.id


def test_another_products_certificate_is_not_found_and_one_in_error_stays_so(session: Session) -> None:
    held, other = give(make_product(session)), give(make_product(session))
    with pytest.raises(NotFound):
        strike(held, product_id=other.product_id)
    strike(held)
    for act in (strike, restore, put_right):
        with pytest.raises(Conflict, match="in-error-already"):
            act(held)


# -- the right facts in place of the wrong ones


def test_the_day_on_the_paper_takes_the_place_of_a_year(session: Session) -> None:
    product = make_product(session)
    by_year = make_certificate(
        session, product=product, stars=4, recognised_year=2024, decides_from=dt.date(2024, 1, 1)
    )
    right = put_right(by_year, issued_on=dt.date(2024, 5, 5))
    assert standing_of(session, product.id, dt.date(2024, 5, 4)).state == "none"
    assert standing_of(session, product.id, dt.date(2024, 5, 5)).certificate_id == right.id
    assert standing_of(session, product.id, TODAY).until == dt.date(2027, 5, 5)
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "certificate.corrected")).one()
    assert (entry.facts["instead_of"], entry.facts["certificate_id"]) == (by_year.id, right.id)


def test_a_withdrawal_outlives_the_correction_of_its_certificate(session: Session) -> None:
    product = make_product(session)
    wrong = give(product)
    take_back(product)
    right = put_right(wrong, stars=3, score=60)
    assert standing_of(session, product.id, TODAY).state == "withdrawn"
    assert (right.withdrawn_reason, right.stars) == ("food-safety", 3)


def test_a_withdrawal_in_error_gives_the_star_back(session: Session) -> None:
    product = make_product(session)
    held = give(product, now=noon(TODAY - 9 * DAY))
    with pytest.raises(Conflict, match="not-withdrawn"):
        restore(held)
    take_back(product, now=noon(TODAY - 5 * DAY))
    restored = restore(held)
    for day in (TODAY - 9 * DAY, TODAY - 5 * DAY, TODAY):
        assert standing_of(session, product.id, day).certificate_id == restored.id
        assert standing_of(session, product.id, day).in_force
    assert standing_as_known(session, product.id, TODAY - 4 * DAY, TODAY - DAY).state == "withdrawn"
    assert restored.decision_number == held.decision_number


def test_a_later_day_leaves_the_days_before_to_the_certificate_before(session: Session) -> None:
    product = make_product(session)
    old = make_certificate(session, product=product, stars=3, decides_from=dt.date(2024, 1, 1))
    wrong = give(product, issued_on=TODAY - 30 * DAY, now=noon(TODAY - 20 * DAY))
    right = put_right(wrong, issued_on=TODAY - 10 * DAY)
    said = [standing_of(session, product.id, TODAY - n * DAY).certificate_id for n in (20, 11, 10)]
    assert said == [old.id, old.id, right.id]


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        ({"issued_on": TODAY - 9 * DAY}, "after-the-next"),
        ({"issued_on": dt.date(2023, 12, 31)}, "before-the-last"),
        ({"stars": 5, "score": 12}, "score-outside-band"),
        ({"number": "2200/QĐ-UBND", "issued_on": TODAY - 10 * DAY}, "already-awarded"),
    ],
)
def test_a_correction_keeps_the_order_of_the_papers(
    session: Session, paper: dict[str, Any], code: str
) -> None:
    product = make_product(session)
    make_certificate(session, product=product, stars=3, decides_from=dt.date(2024, 1, 1))
    wrong = give(product, issued_on=TODAY - 30 * DAY, now=noon(TODAY - 20 * DAY))
    next_one = give(product, number="2200/QĐ-UBND", issued_on=TODAY - 10 * DAY)
    with pytest.raises(Refusal, match=code):
        put_right(wrong, **paper)
    put_right(wrong, issued_on=TODAY - 10 * DAY)
    assert standing_of(session, product.id, TODAY).certificate_id == next_one.id


# -- any sequence of acts

FIRST = dt.date(2026, 1, 5)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["award", "older", "withdraw", "strike", "correct", "restore"]),
        st.integers(0, 40),  # days since the act before
        st.integers(0, 1600),  # days between the paper and the act
        st.integers(0, 5),  # which certificate
    ),
    max_size=9,
)
LOADED = st.sampled_from(["nothing", "dossier", "year", "undated", "dated"])


def _begin(session: Session, loaded: str) -> Product:
    product = make_product(session)
    facts: dict[str, Any] = {"product": product, "created_at": noon(FIRST - DAY)}
    match loaded:
        case "dossier":
            make_dossier(session, product=product, opened_at=noon(FIRST - DAY))
        case "year":
            make_certificate(session, recognised_year=2023, decides_from=dt.date(2023, 1, 1), **facts)
        case "undated":
            held = make_certificate(session, certain_until=None, possible_until=None, **facts)
            with atomic() as writing:
                row = writing.get_one(Certificate, held.id)
                row.valid_until = row.recognised_year = None
        case "dated":
            issued_on = dt.date(2023, 6, 1)
            make_certificate(
                session,
                valid_until=dt.date(2026, 6, 1),
                issued_on=issued_on,
                decides_from=issued_on,
                **facts,
            )
    return product


def _act(session: Session, product: Product, today: dt.date, act: tuple[str, int, int, int]) -> bool:
    """Do it where it may be done. Returns whether it was a correction."""
    what, _, back, which = act
    who: dict[str, Any] = {"officer_unit": LAO_CAI, "actor": LAN, "now": noon(today)}
    issued_on = max(today - back * DAY * (1 if what == "older" else 0), dt.date(2022, 1, 1))
    issued_on -= min(back, 30) * DAY if what == "award" else 0 * DAY
    paper = decided(issued_on=issued_on, number=f"{back}/QĐ-UBND")
    every = session.scalars(sa.select(Certificate.id).where(Certificate.product_id == product.id)).all()
    chosen = every[which % len(every)] if every else 0
    wrong = Correction(product_id=product.id, certificate_id=chosen, reason=WHY, **who)
    acts: dict[str, Callable[[Session], object]] = {
        "award": lambda s: award(s, product_id=product.id, decision=paper, **who),
        "older": lambda s: award(s, product_id=product.id, decision=paper, **who),
        "withdraw": lambda s: withdraw(s, product_id=product.id, reason="voluntary", note=WHY, **who),
        "strike": lambda s: record_in_error(s, wrong),
        "correct": lambda s: correct(
            s, wrong, decided(issued_on=today - back % 200 * DAY, number="9/QĐ-UBND")
        ),
        "restore": lambda s: take_back_withdrawal(s, wrong),
    }
    session.rollback()
    try:
        with atomic() as writing:
            acts[what](writing)
    except Refusal:
        return False
    return what in ("strike", "correct", "restore")


def _said(session: Session, product: Product, days: list[dt.date]) -> dict[dt.date, Standing]:
    session.rollback()
    return {day: standing_of(session, product.id, day) for day in days}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(loaded=LOADED, acts=ACTS)
def test_only_a_correction_changes_a_past_day_and_what_was_said_can_still_be_read(
    session: Session, loaded: str, acts: list[tuple[str, int, int, int]]
) -> None:
    product = _begin(session, loaded)
    today = FIRST
    days = [dt.date(2023, 6, 1), FIRST - DAY]
    believed: dict[tuple[dt.date, dt.date], Standing] = {}
    for act in acts:
        what, later, *_ = act
        today += later * DAY
        days.append(today)
        past_days = [day for day in days if day < today]
        before = _said(session, product, past_days)
        stars_before = standing_of(session, product.id, today).drawn_stars
        corrected = _act(session, product, today, act)
        if not corrected:
            assert _said(session, product, past_days) == before, what
        if what in ("award", "older"):
            assert not stars_before or _said(session, product, [today])[today].drawn_stars
        _holds_together(session, product, days)
        believed |= {(past, today): told for past, told in _said(session, product, days).items()}
    session.rollback()
    for (past, known_on), standing in believed.items():
        assert standing_as_known(session, product.id, past, known_on) == standing, (past, known_on)


def _holds_together(session: Session, product: Product, days: list[dt.date]) -> None:
    """One certificate at most decides a day, and Python and SQL say the same of it."""
    spans = session.execute(
        sa.select(Certificate.decides_from, Certificate.decides_until)
        .where(Certificate.product_id == product.id, Certificate.decides_from < Certificate.decides_until)
        .order_by(Certificate.decides_from)
    ).all()
    assert all(one[1] <= following[0] for one, following in itertools.pairwise(spans)), spans
    for day in days:
        by_sql = session.scalar(
            sa.select(standing_state(Product.id, day))  # type: ignore[arg-type]
            .select_from(Product)
            .outerjoin(Certificate, decides(Product.id, day))  # type: ignore[arg-type]
            .where(Product.id == product.id)
        )
        assert by_sql == standing_of(session, product.id, day).state
