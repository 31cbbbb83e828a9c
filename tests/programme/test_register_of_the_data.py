"""The counts an officer sees are those that anybody gets who counts the rows of the file by hand."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.certification.queries import register_counts
from app.core.text import fold
from app.geography.lookup import gazetteer
from app.geography.models import VN63
from app.supply.examples import DAY
from app.targets.figures import published_figures, star_splits
from tests.factories.accounts import make_officer
from tests.factories.client import Visitor
from tests.factories.places import VINH_LONG

DATA = Path(__file__).resolve().parents[2] / "data"


def rows() -> list[dict[str, str]]:
    with (DATA / "ocop_products.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def state_of(row: dict[str, str]) -> str:
    """The rule of the issue written out once more, on the day of the examples."""
    if row["status"] in ("pending", "withdrawn"):
        return row["status"]
    if row["valid_until"]:
        return "in-force" if row["valid_until"] >= DAY.isoformat() else "lapsed"
    if not row["recognised_year"]:
        return "unconfirmed"
    ahead = int(row["recognised_year"]) + 3 - DAY.year
    return "in-force" if ahead >= 1 else "unconfirmed" if ahead == 0 else "lapsed"


def stars_of(row: dict[str, str]) -> str:
    if row["status"] == "pending":
        return "none"
    return row["stars"] if row["stars"] in ("3", "4", "5") else "unknown"


def group_of(row: dict[str, str]) -> str:
    """Textiles are of today's handicraft group."""
    return {"": "none", "textile": "handicraft"}.get(row["product_group"], row["product_group"])


def year_of(row: dict[str, str]) -> str:
    return "none" if row["status"] == "pending" else row["recognised_year"] or "unknown"


def test_every_province_counts_what_its_rows_hold(
    runner: FlaskCliRunner, session: Session, client: Visitor
) -> None:
    outcome = runner.invoke(args=["data", "load"])
    assert outcome.exit_code == 0, outcome.output
    session.rollback()
    names = gazetteer(session)
    by_province: dict[str, list[dict[str, str]]] = {}
    for row in rows():
        by_province.setdefault(row["province"], []).append(row)
    assert len(by_province) == 33
    for name, some in by_province.items():
        province = names.province_by_name(name, VN63)
        assert province is not None
        counts = register_counts(session, province, DAY)
        assert counts.total == len(some), name
        assert counts.by("stars") == Counter(map(stars_of, some)), name
        assert counts.by("standing") == Counter(map(state_of, some)), name
        assert counts.by("year") == Counter(map(year_of, some)), name
        assert counts.by("kind") == Counter(row["producer_kind"] or "unknown" for row in some), name
        assert counts.by("group") == Counter(map(group_of, some)), name
    today = names.province(VINH_LONG)
    assert today is not None
    assert register_counts(session, today, DAY).total == sum(
        len(by_province.get(old.short_name, ())) for old in names.former_of(VINH_LONG)
    )
    splits = {split.place: split.total for split in star_splits(published_figures(session))}
    assert splits == {"Trà Vinh": 104, "Quảng Ninh": 236, "Kon Tum": 188}
    client.log_in(make_officer(session))
    page = client.get("/programme/?place=tra-vinh").get_data(as_text=True)
    assert f'data-total="{len(by_province["Trà Vinh"])}"' in page
    assert "ít nhất 165" in page and "Khớp." in page and fold("Số đã công bố") in fold(page)
