"""The standing of a product follows from dated facts; Python and SQL give the same answer for all of them."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.models import OPEN_END, OPEN_START, Certificate, Dossier, DossierState
from app.certification.standing import (
    Standing,
    StandingState,
    certainty,
    decides,
    drawn_stars,
    history,
    months_later,
    standing_and_history,
    standing_of,
    standing_state,
    standings,
)
from app.core import clock
from tests.factories.catalogue import make_product
from tests.factories.certification import make_certificate, make_dossier

TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2018, 1, 1), dt.date(2030, 12, 31))
STARS = st.sampled_from([None, 3, 4, 5])


@st.composite
def certificates(draw: st.DrawFn) -> list[Certificate]:
    """Certificates of one product as awards and loading leave them: each ends where the next begins."""
    cuts = sorted(draw(st.lists(DAYS, max_size=3, unique=True)))
    starts = [OPEN_START, *cuts] if draw(st.booleans()) else cuts
    if not starts:
        return []
    return [
        _certificate(draw, start, end) for start, end in zip(starts, [*starts[1:], OPEN_END], strict=True)
    ]


def _certificate(draw: st.DrawFn, start: dt.date, end: dt.date) -> Certificate:
    valid_until = draw(st.none() | DAYS)
    year = draw(st.none() | st.integers(2018, 2028))
    certain, possible = certainty(valid_until, year)
    if draw(st.booleans()):  # a source that knew better: lapsed by then
        possible = min(possible or OPEN_END, draw(DAYS))
        certain = min(certain, possible) if certain else None
    withdrawn = draw(st.none() | DAYS)
    return Certificate(
        stars=draw(STARS),
        recognised_year=year,
        valid_until=valid_until,
        certain_until=certain,
        possible_until=possible,
        decides_from=start,
        decides_until=end,
        withdrawn_on=withdrawn,
        withdrawn_reason="voluntary" if withdrawn else None,
        created_at=clock.now(),
    )


def _by_sql(session: Session, product_id: int, on: dt.date) -> tuple[str, int]:
    row = session.execute(
        sa.select(standing_state(Product.id, on), drawn_stars(Product.id, on))  # type: ignore[arg-type]
        .select_from(Product)
        .outerjoin(Certificate, decides(Product.id, on))  # type: ignore[arg-type]
        .where(Product.id == product_id)
    ).one()
    return row[0], row[1]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(series=certificates(), dossier=st.booleans(), days=st.lists(DAYS, min_size=1, max_size=4))
def test_python_and_sql_agree_on_every_day(
    session: Session, series: list[Certificate], dossier: bool, days: list[dt.date]
) -> None:
    edges = {
        edge + step
        for certificate in series
        for edge in (
            certificate.decides_from,
            certificate.certain_until,
            certificate.possible_until,
            certificate.withdrawn_on,
        )
        if edge and edge not in (OPEN_START, OPEN_END)
        for step in (-DAY, dt.timedelta(0), DAY)
    }
    product = session.scalar(sa.select(Product)) or make_product(session)
    with session.begin_nested() as attempt:
        for certificate in series:
            certificate.product_id = product.id
            session.add(certificate)
        if dossier:
            session.add(Dossier(product_id=product.id, opened_at=clock.now()))
        session.flush()
        for day in sorted(edges | set(days)):
            answer = standing_of(session, product.id, day)
            assert _by_sql(session, product.id, day) == (answer.state, answer.drawn_stars), day
        attempt.rollback()
    session.expunge_all()


@pytest.mark.parametrize(
    ("valid_until", "year", "expected"),
    [
        (dt.date(2026, 12, 28), None, (dt.date(2026, 12, 28), dt.date(2026, 12, 28))),
        (dt.date(2026, 12, 28), 2023, (dt.date(2026, 12, 28), dt.date(2026, 12, 28))),
        (None, 2023, (dt.date(2025, 12, 31), dt.date(2026, 12, 31))),
        (None, None, (None, None)),
    ],
)
def test_certainty_comes_from_the_last_day_else_from_the_year(
    valid_until: dt.date | None, year: int | None, expected: tuple[dt.date | None, dt.date | None]
) -> None:
    assert certainty(valid_until, year) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (dt.date(2025, 1, 17), 36, dt.date(2028, 1, 17)),
        (dt.date(2024, 2, 29), 36, dt.date(2027, 2, 28)),
        (dt.date(2025, 2, 28), 36, dt.date(2028, 2, 28)),
        (dt.date(2026, 8, 31), 1, dt.date(2026, 9, 30)),
        (dt.date(2026, 12, 31), 2, dt.date(2027, 2, 28)),
        (dt.date(2026, 1, 31), -2, dt.date(2025, 11, 30)),
        (dt.date(2026, 12, 15), 0, dt.date(2026, 12, 15)),
    ],
)
def test_months_later_stays_within_the_month(day: dt.date, months: int, expected: dt.date) -> None:
    assert months_later(day, months) == expected


@given(day=DAYS, months=st.integers(-60, 60))
def test_months_later_counts_months_and_never_gains_days(day: dt.date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + DAY).day == 1)


@pytest.mark.parametrize(
    ("year", "on", "state"),
    [
        (2023, dt.date(2025, 12, 31), "in-force"),
        (2023, dt.date(2026, 1, 1), "unconfirmed"),
        (2023, dt.date(2026, 12, 31), "unconfirmed"),
        (2023, dt.date(2027, 1, 1), "lapsed"),
    ],
)
def test_a_year_alone_is_sure_for_two_years_and_over_after_three(
    session: Session, year: int, on: dt.date, state: str
) -> None:
    certificate = make_certificate(session, recognised_year=year)
    answer = standing_of(session, certificate.product_id, on)
    assert (answer.state, answer.reason) == (state, "recognised-year")


def test_the_last_day_belongs_to_the_certificate(session: Session) -> None:
    certificate = make_certificate(session, valid_until=TODAY, stars=5)
    last, after = (standing_of(session, certificate.product_id, on) for on in (TODAY, TODAY + DAY))
    assert (last.state, last.drawn_stars, last.days_left, last.in_force) == ("in-force", 5, 0, True)
    assert (after.state, after.drawn_stars, after.days_left, after.stars) == ("lapsed", 0, None, 5)


def test_no_dates_at_all_is_unconfirmed_for_ever(session: Session) -> None:
    certificate = make_certificate(
        session, valid_until=TODAY, certain_until=None, possible_until=None, stars=4
    )
    certificate.valid_until = certificate.recognised_year = None
    session.flush()
    answer = standing_of(session, certificate.product_id, dt.date(2060, 1, 1))
    assert (answer.state, answer.reason, answer.drawn_stars) == ("unconfirmed", "no-date", 4)


def test_a_withdrawal_holds_from_its_day_and_hides_no_past(session: Session) -> None:
    certificate = make_certificate(session, withdrawn_on=TODAY, withdrawn_reason="food-safety")
    before = standing_of(session, certificate.product_id, TODAY - DAY)
    after = standing_of(session, certificate.product_id, TODAY)
    assert (before.state, before.withdrawn_on) == ("in-force", None)
    assert (after.state, after.reason, after.withdrawn_on) == ("withdrawn", "food-safety", TODAY)


def test_an_unknown_rank_draws_no_star(session: Session) -> None:
    certificate = make_certificate(session, stars=None)
    assert standing_of(session, certificate.product_id, TODAY).drawn_stars == 0


def test_without_a_certificate_a_product_waits_or_has_nothing(session: Session) -> None:
    waiting, nothing, certified = make_product(session), make_product(session), make_certificate(session)
    make_dossier(session, product=waiting)
    make_dossier(session, product=nothing, closed_at=clock.now(), state=DossierState.AWARDED)
    by_product = standings(session, [waiting.id, nothing.id, certified.product_id, waiting.id], TODAY)
    assert [by_product[i].state for i in (waiting.id, nothing.id, certified.product_id)] == [
        "pending",
        "none",
        "in-force",
    ]
    assert by_product[waiting.id] == Standing(StandingState.PENDING, "dossier-open", TODAY)


def test_many_standings_take_two_queries(session: Session, statements: list[str]) -> None:
    ids = [make_product(session).id for _ in range(5)]
    make_certificate(session)
    del statements[:]
    standings(session, ids, TODAY)
    assert sum(sent.lstrip().upper().startswith("SELECT") for sent in statements) == 2


def test_history_is_newest_first(session: Session) -> None:
    product = make_product(session)
    cut = dt.date(2025, 5, 5)
    old = make_certificate(session, product=product, stars=3, decides_until=cut)
    new = make_certificate(session, product=product, stars=4, decides_from=cut)
    assert [standing.certificate_id for standing in history(session, product.id, TODAY)] == [new.id, old.id]


def test_standing_and_history_together_are_what_each_gives(session: Session) -> None:
    product = make_product(session)
    make_certificate(
        session, product=product, stars=3, recognised_year=2020, decides_until=dt.date(2025, 1, 1)
    )
    make_certificate(session, product=product, stars=4, decides_from=dt.date(2025, 1, 1))
    for product_id in (product.id, make_dossier(session).product_id, make_product(session).id):
        for day in (dt.date(2022, 6, 1), dt.date(2024, 6, 1), dt.date(2026, 11, 21)):
            together = standing_and_history(session, product_id, day)
            assert together == (standing_of(session, product_id, day), history(session, product_id, day))


def test_the_first_day_that_may_be_the_last_is_known_by_the_day_or_by_the_year(session: Session) -> None:
    dated = make_certificate(session, valid_until=TODAY + DAY)
    of_year, over = (make_certificate(session, recognised_year=year) for year in (2024, 2020))
    firsts = [standing_of(session, each.product_id, TODAY).first_end for each in (dated, of_year, over)]
    assert firsts == [TODAY + DAY, dt.date(2027, 1, 1), None]
    assert standing_of(session, of_year.product_id, TODAY).ending_year == 2027
    assert standing_of(session, dated.product_id, TODAY).ending_year is None
