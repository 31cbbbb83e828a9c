"""Targets are measured by the register where it can; published figures are never counted in."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.certification.awards import Decision, award, withdraw
from app.certification.corrections import Correction, correct
from app.certification.models import Certificate, ProgrammeLevel
from app.certification.queries import Cell, RegisterCounts, producers_by_kind, register_counts
from app.core.audit import Actor
from app.core.db import atomic
from app.geography.lookup import gazetteer
from app.targets.figures import (
    MEASURES,
    Figure,
    Register,
    Target,
    published_figures,
    star_splits,
    targets,
)
from tests.factories.catalogue import make_producer, make_product
from tests.factories.certification import make_certificate, make_figure
from tests.factories.places import TRA_VINH, VINH_LONG, YEN_BAI

TODAY = dt.date(2026, 11, 21)


def figure(measure: str, value: int | None, *, percent: bool = False, year: str = "2025") -> Figure:
    return Figure(
        TRA_VINH, "Trà Vinh", year, measure, str(value), value, ">=", percent, "S1", "Nguồn", "a.txt"
    )


def cell(stars: str, standing: str, count: int, first: str = "2024") -> Cell:
    """Products first recognised in that year, renewed since."""
    return Cell(TRA_VINH, stars, standing, "food", "cooperative", "2025", first, count)


REGISTER = Register(
    TRA_VINH,
    RegisterCounts(
        TODAY,
        (
            cell("5", "in-force", 2),
            cell("5", "unconfirmed", 1),
            cell("4", "in-force", 5, "2023"),
            cell("3", "lapsed", 9),
            cell("unknown", "unconfirmed", 4),
            cell("none", "pending", 3, "none"),
        ),
    ),
    {"cooperative": 3, "company": 2, "household_business": 4, "farm": 1},
)


@pytest.mark.parametrize(
    ("measure", "percent", "value", "part", "whole", "in_force"),
    [
        ("target_products_3star_up", False, 8, 8, None, 7),
        ("certified_3star_up_total_target", False, 8, 8, None, 7),
        ("five_star_target", False, 3, 3, None, 2),
        ("target_5star_pct_of_products", True, 37.5, 3, 8, 2),
        ("new_products_target", False, 16, 16, None, None),
        ("target_entities_cooperative_pct", True, 30, 3, 10, None),
        ("target_entities_enterprise_company_household_pct", True, 60, 6, 10, None),
    ],
)
def test_what_the_register_reaches(
    *, measure: str, percent: bool, value: float, part: int, whole: int | None, in_force: int | None
) -> None:
    published = figure(measure, 10, percent=percent, year="2024")
    (target,) = targets([published], REGISTER)
    assert target.reached is not None
    assert (target.value, target.reached.part, target.reached.whole, target.reached.in_force) == (
        value,
        part,
        whole,
        in_force,
    )
    assert target.reached.rows


def test_every_measure_we_count_is_tried_above() -> None:
    assert len(MEASURES) == 7


def test_a_target_nobody_measures_stays_unmeasured_and_stands_last() -> None:
    measured = targets(
        [figure("target_showroom", 1), figure("target_products_3star_up", 16), figure("products_total", 104)],
        REGISTER,
    )
    assert [target.figure.measure for target in measured] == ["target_products_3star_up", "target_showroom"]
    assert (measured[1].value, measured[1].share, measured[1].met) == (None, None, False)
    assert (measured[0].share, measured[0].mark, measured[0].met) == (0.5, 1.0, False)


def test_a_share_is_drawn_on_a_hundred_and_its_mark_too() -> None:
    (target,) = targets([figure("target_entities_cooperative_pct", 30, percent=True)], REGISTER)
    assert (target.share, target.mark, target.met) == (0.3, 0.3, True)


@pytest.mark.parametrize("value", [None, 0])
def test_without_a_number_there_is_no_bar(value: int | None) -> None:
    target = Target(figure("target_products_3star_up", value), None)
    assert target.share is None
    empty = Register(TRA_VINH, RegisterCounts(TODAY, ()), {})
    (share,) = targets([figure("target_entities_cooperative_pct", 30, percent=True)], empty)
    assert (share.value, share.share) == (None, None)


def test_another_province_s_targets_are_not_ours() -> None:
    other = Register(YEN_BAI, REGISTER.counts, REGISTER.producers)
    assert targets([figure("target_products_3star_up", 165)], other) == []


def test_published_figures_bring_their_source(session: Session) -> None:
    for measure, value in (("products_3star", 83), ("products_4star", 15), ("products_potential_5star", 6)):
        make_figure(
            session, province_id=TRA_VINH, measure=measure, value=value, place="Trà Vinh", year="2022"
        )
    make_figure(session, province_id=YEN_BAI, measure="five_star_target", value=1, relation="")
    figures = published_figures(session)
    assert figures[0].source_title == "Danh sách sản phẩm OCOP"
    (split,) = star_splits(figures)
    assert (split.five, split.potential, split.four, split.three, split.total) == (0, 6, 15, 83, 104)


def _sold(session: Session, kind: str, province: str, **facts: Any) -> None:
    producer = make_producer(session, kind=kind, province_id=province)
    for _ in range(2):
        make_certificate(session, product=make_product(session, producer=producer), **facts)


def test_producers_count_once_and_only_with_a_star(session: Session) -> None:
    _sold(session, "cooperative", TRA_VINH)
    _sold(session, "company", TRA_VINH, recognised_year=2023)
    _sold(session, "farm", TRA_VINH, valid_until=dt.date(2025, 1, 1))
    _sold(session, "other", TRA_VINH, stars=None)
    _sold(session, "cooperative", YEN_BAI)
    names = gazetteer(session)
    today, then = names.province(VINH_LONG), names.province(TRA_VINH)
    assert today and then
    expected = {(TRA_VINH, "cooperative"): 1, (TRA_VINH, "company"): 1}
    assert producers_by_kind(session, today, TODAY) == expected
    assert producers_by_kind(session, then, TODAY) == expected
    counts = register_counts(session, today, TODAY)
    assert (counts.total, counts.starred, counts.within(YEN_BAI).total) == (8, 4, 0)


def first_of_2024(session: Session) -> int:
    session.rollback()
    province = gazetteer(session).province(TRA_VINH)
    assert province
    counts = register_counts(session, province, TODAY)
    (target,) = targets([figure("new_products_target", 1, year="2024")], Register(TRA_VINH, counts, {}))
    assert target.reached is not None and target.reached.rows == {"first": ("2024",)}
    return target.reached.part


def test_new_in_a_year_counts_first_recognitions_and_no_later_act_changes_it(
    session: Session, now: dt.datetime
) -> None:
    product = make_product(session, province_id=TRA_VINH)
    make_certificate(session, product=product, recognised_year=2024, decides_from=dt.date(2024, 1, 1))
    undated = make_product(session, province_id=TRA_VINH)
    make_certificate(session, product=undated, recognised_year=2024)
    with atomic() as writing:
        writing.execute(
            sa.update(Certificate).where(Certificate.product_id == undated.id).values(recognised_year=None)
        )
    assert first_of_2024(session) == 1
    who: dict[str, Any] = {"officer_unit": VINH_LONG, "actor": Actor(7, "Lan"), "now": now}
    paper = Decision(4, ProgrammeLevel.PROVINCE, "2101/QĐ-UBND", TODAY)
    with atomic() as writing:
        award(writing, product_id=product.id, decision=paper, **who)
        renewed = award(writing, product_id=undated.id, decision=paper, **who)
    assert first_of_2024(session) == 1
    with atomic() as writing:
        withdraw(writing, product_id=product.id, reason="voluntary", note="Cơ sở tự trả giấy.", **who)
    assert first_of_2024(session) == 1
    wrong = Correction(renewed.product_id, renewed.id, "Ghi nhầm năm công nhận.", **who)
    with atomic() as writing:
        correct(writing, wrong, replace(paper, issued_on=dt.date(2024, 5, 5)))
    assert first_of_2024(session) == 1
