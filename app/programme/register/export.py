"""The register as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from app.certification.queries import RegisterRow

BOM = "\ufeff"
"""Spreadsheets read UTF-8 only behind this sign."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def register_csv(
    rows: Iterable[RegisterRow],
    *,
    header: Sequence[str],
    groups: Mapping[str, str],
    kind_words: Callable[[str], str],
    state_words: Callable[[str], str],
) -> str:
    """The rows as CSV (UTF-8 with a byte order mark, RFC 4180); days as ISO 8601. `header` names the 13 columns."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(header)
    for row in rows:
        standing = row.standing
        writer.writerow(
            [
                cell(value)
                for value in (
                    row.name,
                    row.producer,
                    kind_words(row.producer_kind),
                    groups.get(row.group_code or ""),
                    row.place.at_time,
                    row.place.today,
                    standing.stars,
                    standing.recognised_year,
                    standing.decision_number,
                    standing.issued_on,
                    standing.until,
                    state_words(standing.state),
                    standing.withdrawn_on,
                )
            ]
        )
    return BOM + file.getvalue()
