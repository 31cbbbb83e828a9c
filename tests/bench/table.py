"""A line of the table: what was measured beside what was promised."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MARKS = {True: "yes", False: "NO", None: "-"}


@dataclass(frozen=True)
class Line:
    """One row. `met` None: nothing was promised, or it was not measured."""

    work: str
    measured: str
    target: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Spread:
    """Median, least and most of the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))

    def show(self, form: str = ".2f") -> str:
        return f"{self.median:{form}} ({self.least:{form}}–{self.most:{form}})"


def skipped(work: str, why: str) -> Line:
    """A row that could not be measured here."""
    return Line(work, f"skipped: {why}")


def show(lines: Sequence[Line]) -> str:
    """The table, columns aligned."""
    rows = [
        ("work", "measured", "to reach", "reached"),
        *((line.work, line.measured, line.target, MARKS[line.met]) for line in lines),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    shown = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([shown[0], "-" * len(shown[0]), *shown[1:]])


def machine() -> str:
    """Cores, and how busy they were with other things."""
    load = Path("/proc/loadavg").read_text().split()[0]
    return f"{os.cpu_count()} cores, load average {load}"
