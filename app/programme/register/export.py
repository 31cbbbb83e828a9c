"""The register as a table for a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable

from app.certification.queries import RegisterRow
from app.listing.labels import kind_label, state_label
from app.programme.labels import Groups
from app.web.language import gettext, pgettext

BOM = "\ufeff"
"""Spreadsheets read UTF-8 only behind this sign."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def register_csv(rows: Iterable[RegisterRow], groups: Groups, today: dt.date) -> str:
    """The rows as CSV (UTF-8 with a byte order mark, RFC 4180) under a header; days as ISO 8601."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_header(today))
    for row in rows:
        writer.writerow([cell(value) for value in _values(row, groups)])
    return BOM + file.getvalue()


def _header(today: dt.date) -> tuple[str, ...]:
    return (
        pgettext("one", "Sản phẩm"),
        pgettext("one", "Cơ sở"),
        gettext("Loại cơ sở"),
        gettext("Nhóm"),
        gettext("Nơi, theo giấy"),
        gettext("Nơi, hôm nay"),
        gettext("Hạng sao trên giấy"),
        gettext("Năm công nhận"),
        gettext("Số quyết định"),
        gettext("Ngày cấp"),
        gettext("Hết hạn"),
        gettext("Hiệu lực ngày %(day)s", day=today.isoformat()),
        gettext("Ngày thu hồi"),
    )


def _values(row: RegisterRow, groups: Groups) -> tuple[object, ...]:
    standing = row.standing
    return (
        row.name,
        row.producer,
        kind_label(row.producer_kind),
        groups.get(row.group_code or ""),
        row.place.at_time,
        row.place.today,
        standing.stars,
        standing.recognised_year,
        standing.decision_number,
        standing.issued_on,
        standing.until,
        state_label(standing.state),
        standing.withdrawn_on,
    )
