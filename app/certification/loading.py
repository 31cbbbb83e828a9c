"""The certificates and figures of the public register as dated facts."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.catalogue.loading import BadRegister, RegisterRow, RowFault
from app.catalogue.models import DataSource
from app.certification.models import OPEN_START, Certificate, Dossier, PublishedFigure
from app.certification.standing import certainty, months_later
from app.geography.lookup import Gazetteer
from app.geography.models import VN63

VALIDITY_MONTHS = 36  # every rule set to date; an award asks its own rule set (rule_sets.validity_months)


def load_certificates(
    session: Session, rows: Sequence[RegisterRow], product_ids: Mapping[str, int], *, now: dt.datetime
) -> int:
    """Store the rows' certificates and open dossiers of products that have neither. Returns how many are new."""
    known = set(session.scalars(sa.select(Certificate.product_id))) | set(
        session.scalars(sa.select(Dossier.product_id))
    )
    retrieved = dict(session.execute(sa.select(DataSource.id, DataSource.retrieved_on)).all())
    added = 0
    for row in rows:
        product_id = product_ids[row.key]
        if product_id in known:
            continue
        if row.status == "pending":
            session.add(Dossier(product_id=product_id, opened_at=now, source_id=row.sources[0]))
        else:
            session.add(_certificate(row, product_id, retrieved.get(row.sources[0]), now))
        added += 1
    session.flush()
    return added


def _certificate(
    row: RegisterRow, product_id: int, retrieved_on: dt.date | None, now: dt.datetime
) -> Certificate:
    certain, possible = certainty(row.valid_until, row.recognised_year)
    issued_on = months_later(row.valid_until, -VALIDITY_MONTHS) if row.valid_until else None
    certificate = Certificate(
        product_id=product_id,
        stars=row.stars,
        decision_number=row.decision_number,
        issued_on=issued_on,
        recognised_year=row.recognised_year,
        valid_until=row.valid_until,
        certain_until=certain,
        possible_until=possible,
        decides_from=issued_on or (dt.date(row.recognised_year, 1, 1) if row.recognised_year else OPEN_START),
        source_id=row.sources[0],
        created_at=now,
    )
    if row.status == "withdrawn":
        _withdrawn_by_source(certificate, row, retrieved_on)
    elif row.status == "lapsed":
        _lapsed_by_source(certificate, retrieved_on)
    return certificate


def _withdrawn_by_source(certificate: Certificate, row: RegisterRow, retrieved_on: dt.date | None) -> None:
    """A withdrawal known without its day: it stood by the end of the year the source names, else when it was read."""
    year = re.search(r"năm (20\d\d)", row.description or "")
    certificate.withdrawn_on = dt.date(int(year[1]), 12, 31) if year else retrieved_on or OPEN_START
    certificate.withdrawn_reason = "production-stopped" if "ngừng" in (row.description or "") else "unknown"
    certificate.withdrawn_note = row.description


def _lapsed_by_source(certificate: Certificate, retrieved_on: dt.date | None) -> None:
    """The source reports it as lapsed: then it had by the day before the source was read, whatever the years allow."""
    certificate.lapsed_by_source = True
    if retrieved_on and (certificate.possible_until is None or certificate.possible_until >= retrieved_on):
        certificate.possible_until = retrieved_on - dt.timedelta(days=1)
        if certificate.certain_until and certificate.certain_until > certificate.possible_until:
            certificate.certain_until = certificate.possible_until


FIGURE = re.compile(r"^(?P<relation>>=|>|~|)(?P<value>\d+)(?P<percent>%?)")


def load_figures(session: Session, path: Path, *, provinces: Gazetteer, sources: Mapping[str, str]) -> int:
    """Store the figures and targets provinces have published. `sources`: source id by the file they stand in.

    Returns how many are new. Raises BadRegister.
    """
    known = {
        tuple(row)
        for row in session.execute(
            sa.select(PublishedFigure.province_id, PublishedFigure.year, PublishedFigure.measure)
        )
    }
    added = 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for cells in reader:
            province = provinces.province_by_name(cells["province"].split(" (")[0], VN63)
            source = sources.get(cells["seed_file"])
            if province is None or source is None:
                column = "province" if province is None else "seed_file"
                raise BadRegister(
                    path.name, [RowFault(reader.line_num, column, f"unknown: {cells[column]!r}")]
                )
            key = (province.id, cells["year"], cells["measure"].split(" ")[0])
            if key in known:
                continue
            known.add(key)
            parsed = None if "/" in cells["value"] else FIGURE.match(cells["value"])
            session.add(
                PublishedFigure(
                    province_id=province.id,
                    place=cells["province"],
                    year=cells["year"],
                    measure=key[2],
                    value_text=cells["value"],
                    value=int(parsed["value"]) if parsed else None,
                    relation=parsed["relation"] if parsed else "",
                    percent=bool(parsed and parsed["percent"]),
                    source_id=source,
                )
            )
            added += 1
    session.flush()
    return added
