"""Awarding gives a star at once, withdrawing takes it back, and the log names who. From where: test_gone_everywhere."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.catalogue.models import Product
from app.certification.awards import Decision, award, withdraw
from app.certification.models import (
    OPEN_END,
    Certificate,
    Dossier,
    ProgrammeLevel,
    RecognitionLevel,
    RuleSet,
    StarBand,
)
from app.certification.rights import recognised_by_level, recognising_level, rule_set_on
from app.certification.standing import history, standing_of
from app.core import clock
from app.core.audit import Actor, AuditEntry
from app.core.db import atomic
from app.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refusal
from tests.factories.catalogue import make_product
from tests.factories.certification import make_certificate, make_dossier
from tests.factories.places import LAO_CAI, VINH_LONG, YEN_BAI

TODAY = dt.date(2026, 11, 21)
LAN = Actor(7, "Sơn Thị Lan")


def give(product: Product, **facts: Any) -> Certificate:
    """An award as a form would ask for it, changed by `facts`."""
    who: dict[str, Any] = {"officer_unit": LAO_CAI, "now": clock.now()}
    who |= {name: facts.pop(name) for name in who if name in facts}
    with atomic() as session:
        return award(
            session,
            product_id=product.id,
            decision=decided(**facts),
            actor=LAN,
            **who,
        )


def decided(**facts: Any) -> Decision:
    """A decision of four stars by the province, changed by `facts`; of five stars it is the nation's."""
    number = "4100/QĐ-BNNMT" if facts.get("stars") == 5 else "2101/QĐ-UBND"
    level = ProgrammeLevel.NATIONAL if facts.get("stars") == 5 else ProgrammeLevel.PROVINCE
    asked: dict[str, Any] = {
        "stars": 4,
        "level": level,
        "score": None if facts.get("stars", 4) != 4 else 82,
        "number": number,
        "issued_on": dt.date(2026, 10, 5),
    }
    return Decision(**(asked | facts))


def take_back(product: Product, **facts: Any) -> Certificate:
    """A withdrawal as a form would ask for it, changed by `facts`."""
    asked: dict[str, Any] = {
        "product_id": product.id,
        "reason": "food-safety",
        "note": "Mẫu ngày 10/11 vượt mức cho phép.",
        "officer_unit": LAO_CAI,
        "actor": LAN,
        "now": clock.now(),
    }
    with atomic() as session:
        return withdraw(session, **(asked | facts))


def test_an_award_lasts_36_months_and_names_who_gave_it(session: Session) -> None:
    product = make_product(session)
    given = give(product)
    answer = standing_of(session, product.id, TODAY)
    assert (answer.state, answer.drawn_stars, answer.until) == ("in-force", 4, dt.date(2029, 10, 5))
    assert (given.level, given.rule_set, given.recognised_year, given.unit_id) == (
        "province",
        "148+1489",
        2026,
        LAO_CAI,
    )
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "certificate.awarded")).one()
    assert (entry.actor_id, entry.object_id, entry.facts["stars"]) == (7, str(product.id), 4)


RECOGNISED = [
    (dt.date(2020, 1, 2), 3, "province"),
    (dt.date(2020, 12, 1), 3, "province"),
    (dt.date(2023, 2, 24), 3, "district"),
    (dt.date(2025, 6, 30), 3, "district"),
    (dt.date(2025, 7, 1), 3, "province"),
    (dt.date(2025, 7, 5), 3, "province"),
    (dt.date(2025, 7, 5), 4, "province"),
    (dt.date(2025, 7, 6), 3, "province"),
    (dt.date(2025, 7, 6), 4, "province"),
    (dt.date(2023, 2, 24), 5, "national"),
    (dt.date(2026, 11, 21), 5, "national"),
]


@pytest.mark.parametrize(("issued_on", "stars", "level"), RECOGNISED)
def test_only_the_body_of_the_day_recognises_a_rank(
    session: Session, issued_on: dt.date, stars: int, level: str
) -> None:
    for other in ProgrammeLevel:
        paper: dict[str, Any] = {"stars": stars, "score": None, "issued_on": issued_on, "level": other}
        if other == level:
            assert give(make_product(session), **paper).level == level
            continue
        with pytest.raises(InvalidInput, match="not-their-rank") as refused:
            give(make_product(session), **paper)
        assert (refused.value.field, refused.value.facts["level"]) == ("level", level)


@pytest.mark.parametrize(
    ("issued_on", "level", "district", "unit"),
    [
        (dt.date(2024, 5, 2), "district", "Văn Chấn", "VN63-140"),
        (dt.date(2024, 5, 2), "district", "Nơi Không Có", None),
        (dt.date(2024, 5, 2), "district", None, None),
        (dt.date(2025, 7, 1), "province", "Văn Chấn", LAO_CAI),
        (dt.date(2022, 5, 2), "province", "Văn Chấn", YEN_BAI),
    ],
)
def test_a_certificate_names_the_unit_that_decided(
    session: Session, issued_on: dt.date, level: str, district: str | None, unit: str | None
) -> None:
    product = make_product(session, district=district)
    given = give(product, stars=3, issued_on=issued_on, level=ProgrammeLevel(level))
    assert given.unit_id == unit


def test_the_nations_decision_is_recorded_with_its_own_number(session: Session) -> None:
    given = give(make_product(session), stars=5)
    assert (given.level, given.decision_number, given.unit_id) == ("national", "4100/QĐ-BNNMT", None)
    for number in ("2101/QĐ-UBND", "2101/qđ-ubnd-nn"):
        with pytest.raises(InvalidInput, match="not-a-national-number") as refused:
            give(make_product(session), stars=5, number=number)
        assert refused.value.field == "decision_number"


@pytest.mark.parametrize("act", [give, take_back])
def test_an_officer_acts_for_a_province_there_is_and_upon_its_products_only(
    session: Session, act: Callable[..., Certificate]
) -> None:
    product = make_product(session)
    held = make_certificate(session, product=product)
    with pytest.raises(NotAllowed, match="unit-abolished") as refused:
        act(product, officer_unit=YEN_BAI)
    assert (refused.value.facts["name"], refused.value.facts["successor"]) == ("Yên Bái", "Lào Cai")
    for stranger in (VINH_LONG, "VN34-00"):
        with pytest.raises(NotFound):
            act(product, officer_unit=stranger)
    assert standing_of(session, product.id, TODAY).certificate_id == held.id
    act(product, officer_unit=LAO_CAI)


def test_the_former_province_acted_to_its_last_day_and_its_successor_since(session: Session) -> None:
    noon = dt.datetime(2025, 6, 30, 5, tzinfo=dt.UTC)
    paper = {"issued_on": dt.date(2025, 6, 2)}
    assert give(make_product(session), officer_unit=YEN_BAI, now=noon, **paper).unit_id == YEN_BAI
    with pytest.raises(NotAllowed, match="unit-abolished"):
        give(make_product(session), officer_unit=LAO_CAI, now=noon, **paper)
    late = dt.datetime(2025, 6, 30, 17, tzinfo=dt.UTC)  # midnight in Vietnam
    with pytest.raises(NotAllowed, match="unit-abolished"):
        give(make_product(session), officer_unit=YEN_BAI, now=late, **paper)
    assert give(make_product(session), officer_unit=LAO_CAI, now=late, **paper).unit_id == YEN_BAI


@pytest.mark.parametrize("facts", [{"level": ProgrammeLevel.NATIONAL}, {"level": None}])
def test_what_the_nation_gave_the_nation_takes_back(session: Session, facts: dict[str, Any]) -> None:
    product = make_product(session)
    make_certificate(session, product=product, stars=5, **facts)
    for number in ("", "77/QĐ-UBND"):
        with pytest.raises(InvalidInput, match="withdrawn-by-the-nation"):
            take_back(product, decision_number=number)
    with pytest.raises(InvalidInput, match="decision-number"):
        take_back(product, decision_number="7")
    assert take_back(product, decision_number=" 77/QĐ-BNNMT ").withdrawn_by_decision == "77/QĐ-BNNMT"


@pytest.mark.parametrize("facts", [{"level": ProgrammeLevel.PROVINCE, "stars": 5}, {"stars": None}])
def test_another_rank_the_province_takes_back_by_itself(session: Session, facts: dict[str, Any]) -> None:
    product = make_product(session)
    make_certificate(session, product=product, **facts)
    assert take_back(product).withdrawn_by_decision is None


@pytest.mark.parametrize(
    ("stars", "least", "most"), [(3, 50, 69), (4, 70, 89), (5, 90, 100)], ids=["three", "four", "five"]
)
def test_a_rank_needs_the_points_of_its_band_under_every_act(
    session: Session, stars: int, least: int, most: int
) -> None:
    days = [rules.effective_from for rules in session.scalars(sa.select(RuleSet))]
    assert len(days) == 4
    for day in days:
        for score in (least, most):
            given = give(make_product(session), score=score, **paper_of(session, stars, day))
            assert given.score == score
        for score in (least - 1, most + 1):
            with pytest.raises(InvalidInput, match="score-outside-band") as refused:
                give(make_product(session), score=score, **paper_of(session, stars, day))
            assert (refused.value.facts["least"], refused.value.facts["most"]) == (least, most)


def paper_of(session: Session, stars: int, day: dt.date) -> dict[str, Any]:
    """What a decision of that rank names on that day."""
    level = recognising_level(session, rule_set_on(session, day), stars, day)
    return {"stars": stars, "issued_on": day, "level": level}


def test_bands_and_levels_are_those_of_the_rows(session: Session) -> None:
    of_today = {"rule_set": "148+1489", "stars": 4}
    with atomic() as writing:
        writing.get_one(StarBand, of_today).points_from = 75
    give(make_product(session), stars=3, score=74)
    with pytest.raises(InvalidInput, match="score-outside-band") as refused:
        give(make_product(session), stars=4, score=74)
    assert (refused.value.facts["least"], refused.value.facts["most"]) == (75, 89)
    with atomic() as writing:
        writing.delete(writing.get_one(RecognitionLevel, of_today))
    with pytest.raises(InvalidInput, match="stars-out-of-range"):
        give(make_product(session), stars=4, score=None)
    assert [(each.level, each.stars) for each in recognised_by_level(session, TODAY)] == [
        ("province", (3,)),
        ("national", (5,)),
        ("district", (3,)),
    ]


def test_before_districts_ended_they_recognised_by_their_own_right(session: Session) -> None:
    assert [(each.level, each.stars) for each in recognised_by_level(session, dt.date(2025, 6, 30))] == [
        ("province", (4,)),
        ("national", (5,)),
        ("district", (3,)),
    ]


def test_a_new_award_ends_the_one_before_and_closes_the_dossier(session: Session) -> None:
    product = make_product(session)
    make_certificate(session, product=product, stars=3, decides_until=dt.date(2024, 1, 1))
    old = make_certificate(session, product=product, stars=3, decides_from=dt.date(2024, 1, 1))
    dossier = make_dossier(session, product=product)
    given = give(product, number=" 2101/QĐ-UBND ")
    ends = session.scalars(
        sa.select(Certificate.decides_until)
        .where(Certificate.product_id == product.id)
        .order_by(Certificate.decides_from)
    ).all()
    assert ends == [dt.date(2024, 1, 1), TODAY, OPEN_END]
    assert given.decision_number == "2101/QĐ-UBND"
    assert standing_of(session, product.id, TODAY - dt.timedelta(days=1)).certificate_id == old.id
    assert len(history(session, product.id, TODAY)) == 3
    closed = session.get_one(Dossier, dossier.id, populate_existing=True)
    assert (closed.state, closed.closed_at is not None) == ("awarded", True)


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"stars": 2}, "stars-out-of-range", "stars"),
        ({"stars": 6}, "stars-out-of-range", "stars"),
        ({"score": 69}, "score-outside-band", "score"),
        ({"score": 90}, "score-outside-band", "score"),
        ({"stars": 5, "score": 101}, "score-outside-band", "score"),
        ({"number": "  1 "}, "decision-number", "decision_number"),
        ({"number": "1" * 61}, "decision-number", "decision_number"),
        ({"issued_on": dt.date(2026, 11, 22)}, "in-the-future", "issued_on"),
        ({"issued_on": dt.date(2018, 5, 6)}, "before-the-programme", "issued_on"),
        ({"issued_on": dt.date(2019, 8, 20)}, "no-rule-set", "issued_on"),
        ({"issued_on": dt.date(2024, 12, 31)}, "before-the-last", "issued_on"),
        ({"number": "12/QĐ-UBND", "stars": 5}, "not-a-national-number", "decision_number"),
    ],
)
def test_an_award_that_cannot_be_is_refused_at_its_field(
    session: Session, facts: dict[str, Any], code: str, field: str
) -> None:
    product = make_product(session)
    make_certificate(session, product=product, decides_from=dt.date(2025, 1, 1))
    with pytest.raises(InvalidInput) as refused:
        give(product, **facts)
    assert (refused.value.code, refused.value.field) == (code, field)
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Certificate)) == 1


def test_the_same_decision_stands_once_for_a_product(session: Session) -> None:
    product, other = make_product(session), make_product(session)
    give(product)
    give(other)
    with pytest.raises(Conflict, match="already-awarded"):
        give(product)
    give(product, number="2200/QĐ-UBND", issued_on=dt.date(2026, 11, 1))


def test_an_unknown_product_is_not_awarded(session: Session) -> None:
    with pytest.raises(NotFound):
        give(Product(id=404))


def test_rule_sets_follow_each_other_without_a_gap(session: Session) -> None:
    day, codes = dt.date(2019, 8, 21), []
    while day <= TODAY:
        code = rule_set_on(session, day).code
        if code not in codes:
            codes.append(code)
        day += dt.timedelta(days=1)
    assert codes == ["1048", "1048+781", "148", "148+1489"]


@pytest.mark.parametrize("first_award", [True, False])
def test_two_clicks_at_once_give_one_certificate(app: Flask, session: Session, first_award: bool) -> None:
    product = make_product(session)
    if not first_award:
        make_certificate(session, product=product, decides_from=dt.date(2025, 1, 1))
    named = Product(id=product.id)  # of no session, so that threads may share it
    outcomes = at_once(app, [lambda: _outcome(lambda: give(named))] * 6)
    assert sorted(outcomes) == ["already-awarded"] * 5 + ["done"]
    deciding = sa.select(sa.func.count()).where(
        Certificate.product_id == product.id, Certificate.decides_until == OPEN_END
    )
    assert session.scalar(deciding) == 1


def at_once(app: Flask, acts: list[Callable[[], str]]) -> list[str]:
    """Let all act at one moment, each in a thread and session of its own; who has to wait tries again."""
    start = threading.Barrier(len(acts))

    def act(verb: Callable[[], str]) -> str:
        start.wait(timeout=30)
        while True:
            try:
                with app.app_context():
                    return verb()
            except OperationalError as error:
                if "lock" not in str(error.orig):
                    raise

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, acts))


def _outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except Refusal as refused:
        return refused.code
    return "done"


def test_a_withdrawal_is_audited_with_its_reason(session: Session) -> None:
    product = make_product(session)
    make_certificate(session, product=product)
    taken = take_back(product, note="  Mẫu ngày 10/11 vượt mức cho phép.  ")
    assert (taken.withdrawn_on, taken.withdrawn_reason) == (TODAY, "food-safety")
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.act == "certificate.withdrawn")).one()
    assert entry.actor_label == "Sơn Thị Lan"
    assert entry.facts["note"] == "Mẫu ngày 10/11 vượt mức cho phép."


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"reason": "bored"}, "reason"), ({"note": "quá ngắn"}, "note"), ({"note": "x" * 1001}, "note")],
)
def test_a_withdrawal_needs_a_reason_and_a_note(session: Session, facts: dict[str, Any], field: str) -> None:
    product = make_product(session)
    make_certificate(session, product=product)
    with pytest.raises(InvalidInput) as refused:
        take_back(product, **facts)
    assert refused.value.field == field
    assert standing_of(session, product.id, TODAY).in_force


def test_there_must_be_something_to_withdraw_and_only_once(session: Session) -> None:
    product = make_product(session)
    with pytest.raises(NotFound, match="no-certificate"):
        take_back(product)
    make_certificate(session, product=product)
    take_back(product)
    with pytest.raises(Conflict, match="already-withdrawn"):
        take_back(product)


def test_after_a_withdrawal_the_product_may_be_awarded_again(session: Session) -> None:
    product = make_product(session)
    make_certificate(session, product=product)
    take_back(product)
    give(product, issued_on=TODAY)
    assert standing_of(session, product.id, TODAY).drawn_stars == 4
