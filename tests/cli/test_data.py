"""flask data load: the whole public register, once, or nothing at all."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.catalogue.models import Producer, Product, Variant
from app.certification.models import Certificate, Dossier, PublishedFigure
from app.certification.standing import standings
from app.gs1.numbers import is_demonstration, normalise_gtin
from app.supply.examples import DAY, SEED_PROVINCES
from app.supply.models import Batch, StockMovement

DATA = Path(__file__).resolve().parents[2] / "data"
ROWS = list(csv.DictReader((DATA / "ocop_products.csv").read_text(encoding="utf-8").splitlines()))


def count(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.fixture
def loaded(runner: FlaskCliRunner, session: Session) -> Session:
    outcome = runner.invoke(args=["data", "load"])
    assert outcome.exit_code == 0, outcome.output
    session.rollback()
    return session


def test_every_row_becomes_a_product_with_its_standing_of_the_day(loaded: Session) -> None:
    assert count(loaded, Product) == len(ROWS) == 598
    assert count(loaded, Producer) == 355
    assert loaded.scalar(sa.select(sa.func.count()).where(Product.producer_id.is_(None))) == 77
    assert count(loaded, Certificate) == 574 and count(loaded, Dossier) == 24
    assert count(loaded, PublishedFigure) == 63
    ids = list(loaded.scalars(sa.select(Product.id)))
    states = Counter(standing.state for standing in standings(loaded, ids, DAY).values())
    assert states == _expected()
    assert loaded.scalar(sa.select(sa.func.count()).where(Product.group_code.is_(None))) == 77
    textiles = loaded.scalar(sa.select(Product.group_code).where(Product.name == _name_of("textile")))
    assert textiles == "handicraft"


def _name_of(group: str) -> str:
    return next(row["product_name"] for row in ROWS if row["product_group"] == group)


def _expected() -> Counter[str]:
    """The rule of the issue written out a second time, over the rows of the file."""
    states: Counter[str] = Counter()
    for row in ROWS:
        if row["status"] in ("pending", "withdrawn"):
            states[row["status"]] += 1
        elif row["valid_until"]:
            states["in-force" if row["valid_until"] >= "2026-11-21" else "lapsed"] += 1
        elif row["recognised_year"]:
            year = int(row["recognised_year"])
            states["in-force" if year + 2 >= 2026 else "unconfirmed" if year + 3 >= 2026 else "lapsed"] += 1
        else:
            states["unconfirmed"] += 1
    return states


def test_examples_follow_the_written_rule(loaded: Session) -> None:
    expected = {
        row["product_name"]
        for row in ROWS
        if row["producer_name"]
        and row["status"] in ("certified", "lapsed")
        and row["product_group"] != "tourism"
        and not {"rượu", "tửu", "bia", "vang"} & set(row["product_name"].lower().split())
        and (row["province"] in SEED_PROVINCES or _in_force(row))
    }
    priced = set(loaded.scalars(sa.select(Product.name).join(Variant).where(Variant.price.is_not(None))))
    assert priced == expected
    assert loaded.scalar(sa.select(sa.func.count()).where(Variant.example.is_(False))) == 0
    gtins = loaded.scalars(sa.select(Variant.gtin).where(Variant.gtin.is_not(None))).all()
    assert len(gtins) >= 2
    assert all(gtin and is_demonstration(normalise_gtin(gtin)) for gtin in gtins)
    sums = dict(
        loaded.execute(
            sa.select(StockMovement.batch_id, sa.func.sum(StockMovement.quantity)).group_by(
                StockMovement.batch_id
            )
        ).all()
    )
    assert sums == dict(loaded.execute(sa.select(Batch.id, Batch.on_hand)).all())


def _in_force(row: dict[str, str]) -> bool:
    if row["valid_until"]:
        return row["valid_until"] >= "2026-11-21"
    return bool(row["recognised_year"]) and int(row["recognised_year"]) + 2 >= 2026


def test_a_second_load_changes_nothing_not_even_what_people_changed(
    loaded: Session, runner: FlaskCliRunner
) -> None:
    variant = loaded.scalars(sa.select(Variant).order_by(Variant.id)).first()
    batch = loaded.scalars(sa.select(Batch).order_by(Batch.id)).first()
    assert variant and batch
    variant.price, batch.note = 123_000, "ghi chú của cơ sở"
    variant.product.name = "Tên mới của cơ sở"
    loaded.commit()
    tables = (Product, Producer, Certificate, Dossier, Variant, Batch, StockMovement, PublishedFigure)
    before = [count(loaded, table) for table in tables]
    outcome = runner.invoke(args=["data", "load"])
    assert outcome.exit_code == 0
    assert all(line.endswith(": 0 new") for line in outcome.output.splitlines() if " new" in line)
    loaded.expire_all()
    assert [count(loaded, table) for table in tables] == before
    assert (variant.price, batch.note, variant.product.name) == (
        123_000,
        "ghi chú của cơ sở",
        "Tên mới của cơ sở",
    )


def test_a_dry_run_counts_everything_and_keeps_nothing(runner: FlaskCliRunner, session: Session) -> None:
    outcome = runner.invoke(args=["data", "load", "--dry-run"])
    assert outcome.exit_code == 0
    assert "nothing was kept" in outcome.output
    assert count(session, Product) == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(DATA, copy)
    return copy


def spoil(folder: Path, change: Callable[[list[str]], None], name: str = "ocop_products.csv") -> None:
    path = folder / name
    lines = path.read_text(encoding="utf-8").splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


BAD_ROW = "S24,Mật ong thử,HTX Thử,cooperative,food,,Đà Bắc,Hòa Bình,3,,,,,,,certified"


BAD_ROWS = (
    (BAD_ROW.replace("Hòa Bình", "Atlantis"), "province"),
    (BAD_ROW.replace("cooperative", "guild"), "producer_kind"),
    (BAD_ROW.replace(",3,", ",6,"), "stars"),
    (BAD_ROW.replace(",food,", ",toys,"), "product_group"),
    (BAD_ROW.replace("certified", "famous"), "status"),
    (BAD_ROW.replace("Mật ong thử", ""), "product_name"),
    (BAD_ROW.replace("S24", "S9999"), "source_id"),
    (BAD_ROW.replace(",3,,", ",3,last year,"), "recognised_year"),
    (BAD_ROW.replace(",3,,,,", ",3,,,soon,"), "valid_until"),
    (BAD_ROW + ",extra", "status"),
    ("S24,one,two", "status"),
)


def test_bad_rows_are_reported_by_line_and_column_and_nothing_half_loads(
    runner: FlaskCliRunner, session: Session, folder: Path
) -> None:
    def insert(lines: list[str]) -> None:
        lines[300:300] = [
            row.replace("Mật ong thử", f"Mật ong thử {n}") for n, (row, _) in enumerate(BAD_ROWS)
        ]

    spoil(folder, insert)
    outcome = runner.invoke(args=["data", "load", "--folder", str(folder)])
    assert outcome.exit_code != 0
    assert "nothing was loaded" in outcome.output
    for line, (_, column) in enumerate(BAD_ROWS, start=301):
        assert f"line {line}, column {column}:" in outcome.output
    assert count(session, Product) == 0


def test_a_product_given_twice_is_reported_with_both_lines(runner: FlaskCliRunner, folder: Path) -> None:
    spoil(folder, lambda lines: lines.extend([BAD_ROW, BAD_ROW]))
    outcome = runner.invoke(args=["data", "load", "--folder", str(folder)])
    assert "line 601, column product_name: the same product as on line 600" in outcome.output


def test_a_file_of_another_shape_or_figures_of_nowhere_are_refused(
    runner: FlaskCliRunner, folder: Path
) -> None:
    spoil(
        folder,
        lambda lines: lines.append("Atlantis,2024,x,1,000_6f793c631cf1caf1.txt"),
        "programme_figures.csv",
    )
    outcome = runner.invoke(args=["data", "load", "--folder", str(folder)])
    assert outcome.exit_code != 0 and "column province" in outcome.output
    spoil(folder, lambda lines: lines.__setitem__(0, "a,b,c"))
    outcome = runner.invoke(args=["data", "load", "--folder", str(folder)])
    assert outcome.exit_code != 0 and "line 1, column header" in outcome.output
