"""What the rows of the public register become: certificates with their bounds, dossiers, published figures."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.loading import BadRegister, RegisterRow
from app.certification.loading import load_certificates, load_figures
from app.certification.models import OPEN_START, Certificate, Dossier, PublishedFigure
from app.certification.standing import standing_of
from app.core import clock
from app.core.db import atomic
from app.geography.lookup import gazetteer
from tests.factories.catalogue import make_product, make_source

READ_ON = dt.date(2026, 9, 1)
TODAY = dt.date(2026, 11, 21)


def row_of(**facts: Any) -> RegisterRow:
    """A certified row that knows nothing but what `facts` say."""
    blank: dict[str, Any] = {field.name: None for field in dataclasses.fields(RegisterRow)}
    return RegisterRow(**(blank | {"status": "certified", "stars": 4} | facts))


def load(session: Session, **facts: Any) -> Certificate | Dossier:
    """Load one row for a new product and give back what it became."""
    source = make_source(session, retrieved_on=facts.pop("read_on", READ_ON))
    product = make_product(session)
    row = row_of(sources=(source.id,), **facts)
    with atomic() as writing:
        assert load_certificates(writing, [row], {row.key: product.id}, now=clock.now()) == 1
        assert load_certificates(writing, [row], {row.key: product.id}, now=clock.now()) == 0
    certificate = session.scalar(sa.select(Certificate).where(Certificate.product_id == product.id))
    return certificate or session.scalars(sa.select(Dossier).where(Dossier.product_id == product.id)).one()


def _certificate(session: Session, **facts: Any) -> Certificate:
    certificate = load(session, **facts)
    assert isinstance(certificate, Certificate)
    return certificate


def test_a_last_day_gives_the_day_of_issue(session: Session) -> None:
    certificate = _certificate(session, valid_until=dt.date(2028, 1, 17))
    assert (certificate.issued_on, certificate.decides_from) == (dt.date(2025, 1, 17), dt.date(2025, 1, 17))


def test_a_year_decides_from_its_first_day(session: Session) -> None:
    certificate = _certificate(session, recognised_year=2023)
    assert (certificate.issued_on, certificate.decides_from) == (None, dt.date(2023, 1, 1))


def test_without_a_date_it_decides_always(session: Session) -> None:
    certificate = _certificate(session)
    assert (certificate.decides_from, certificate.certain_until, certificate.possible_until) == (
        OPEN_START,
        None,
        None,
    )


def test_a_pending_row_is_an_open_dossier(session: Session) -> None:
    dossier = load(session, status="pending")
    assert isinstance(dossier, Dossier)
    assert standing_of(session, dossier.product_id, TODAY).state == "pending"


@pytest.mark.parametrize(
    ("note", "read_on", "day", "reason"),
    [
        ("ngừng năm 2023 do hợp tác xã giải thể", READ_ON, dt.date(2023, 12, 31), "production-stopped"),
        ("đã thu hồi", READ_ON, READ_ON, "unknown"),
        (None, None, OPEN_START, "unknown"),
    ],
)
def test_a_withdrawn_row_stores_what_its_source_says(
    session: Session, note: str | None, read_on: dt.date | None, day: dt.date, reason: str
) -> None:
    certificate = _certificate(
        session, status="withdrawn", description=note, recognised_year=2021, read_on=read_on
    )
    assert (certificate.withdrawn_on, certificate.withdrawn_reason, certificate.withdrawn_note) == (
        day,
        reason,
        note,
    )
    assert standing_of(session, certificate.product_id, TODAY).state == "withdrawn"


@pytest.mark.parametrize(
    ("facts", "certain", "possible"),
    [
        ({"recognised_year": 2024}, dt.date(2026, 8, 31), dt.date(2026, 8, 31)),
        ({"recognised_year": 2023}, dt.date(2025, 12, 31), dt.date(2026, 8, 31)),
        ({"recognised_year": 2020}, dt.date(2022, 12, 31), dt.date(2023, 12, 31)),
        ({}, None, dt.date(2026, 8, 31)),
        ({"recognised_year": 2024, "read_on": None}, dt.date(2026, 12, 31), dt.date(2027, 12, 31)),
    ],
)
def test_a_lapsed_row_had_lapsed_before_it_was_read(
    session: Session, facts: dict[str, Any], certain: dt.date | None, possible: dt.date
) -> None:
    certificate = _certificate(session, status="lapsed", **facts)
    assert (certificate.lapsed_by_source, certificate.certain_until, certificate.possible_until) == (
        True,
        certain,
        possible,
    )


FIGURES = """province,year,measure,value,seed_file
Trà Vinh,2025,target_products_3star_up,>=165,a.txt
Trà Vinh,2025,target_products_3star_up,>=166,a.txt
Hòa Bình (Đà Bắc),2023,products_registered (tên),6 (5 named),a.txt
Kon Tum,2025,target_5star_pct_of_products,>=3%,a.txt
Trà Vinh,2022,plan_decision,1306/QĐ-UBND,a.txt
Kon Tum,2023,products_services_on_ecommerce,~500,a.txt
"""


def test_figures_keep_their_text_and_their_number(session: Session, tmp_path: Path) -> None:
    source = make_source(session)
    path = tmp_path / "figures.csv"
    path.write_text(FIGURES, encoding="utf-8")
    for expected in (5, 0):
        with atomic() as writing:
            added = load_figures(writing, path, provinces=gazetteer(session), sources={"a.txt": source.id})
        assert added == expected
    figures = {
        figure.measure: (figure.value, figure.relation, figure.percent)
        for figure in session.scalars(sa.select(PublishedFigure))
    }
    assert figures == {
        "target_products_3star_up": (165, ">=", False),
        "products_registered": (6, "", False),
        "target_5star_pct_of_products": (3, ">=", True),
        "plan_decision": (None, "", False),
        "products_services_on_ecommerce": (500, "~", False),
    }


@pytest.mark.parametrize(
    ("line", "column"),
    [("Atlantis,2025,x,1,a.txt", "province"), ("Trà Vinh,2025,x,1,b.txt", "seed_file")],
)
def test_a_figure_of_nowhere_or_of_no_source_is_refused(
    session: Session, tmp_path: Path, line: str, column: str
) -> None:
    path = tmp_path / "figures.csv"
    path.write_text(f"{FIGURES.splitlines()[0]}\n{line}\n", encoding="utf-8")
    with pytest.raises(BadRegister, match=column):
        load_figures(session, path, provinces=gazetteer(session), sources={"a.txt": make_source(session).id})
