"""View models of the dashboard and of the published figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from flask import url_for

from app.certification.queries import RegisterCounts, RegisterRow
from app.programme.labels import Groups, producer_label, value_label
from app.programme.targets.labels import figure_title, figure_value, measure_label
from app.programme.targets.queries import CountLine, Dashboard, TargetsOf
from app.targets.figures import STARRED_ROWS, Figure, Reached, StarSplit, Target
from app.web.components import BarRow, Part, Pill, StackedBar, TargetRow, UnitChart
from app.web.filters import number, percent
from app.web.language import gettext, ngettext

SHOWN: Final = 5
"""Certificates about to end that the dashboard lists."""


@dataclass(frozen=True, slots=True)
class CountPanel:
    """A dimension of the register: one bar a value, each a link to the rows behind its count."""

    dimension: str
    bars: tuple[BarRow, ...]


@dataclass(frozen=True, slots=True)
class EndingLine:
    """A product whose certificate ends soon."""

    name: str
    url: str
    producer: str
    until: dt.date | None
    days: Pill


@dataclass(frozen=True, slots=True)
class SumCheck:
    """The counts of a dimension added up in view of the reader, and whether they make the total."""

    text: str
    fits: bool


@dataclass(frozen=True, slots=True)
class TargetPanel:
    """The targets of one province and what the register holds of each."""

    province: str
    rows: tuple[TargetRow, ...]
    source: str


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A published figure as a row of a table."""

    measure: str
    place: str
    year: str
    title: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class DashboardPage:
    """Everything the dashboard shows. `chart` is None where the register has no product of the place."""

    total: int
    starred: int
    chart: UnitChart | None
    starred_url: str
    by_standing: CountPanel
    by_stars: CountPanel
    by_group: CountPanel
    by_kind: CountPanel
    by_year: CountPanel
    ending: tuple[EndingLine, ...]
    undated: int
    check: SumCheck | None
    targets: tuple[TargetPanel, ...]
    splits: tuple[StackedBar, ...]
    published: tuple[FigureLine, ...]


@dataclass(frozen=True, slots=True)
class SourcePanel:
    """The figures one place has published; `source_url` only where the source is a page."""

    place: str
    source: str
    source_url: str | None
    figures: tuple[FigureLine, ...]


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """Every published figure, by place."""

    total: int
    panels: tuple[SourcePanel, ...]


def dashboard_page(board: Dashboard, slug: str, groups: Groups) -> DashboardPage:
    """The dashboard of the place with this slug."""
    counts = board.counts

    def panel(dimension: str) -> CountPanel:
        bars = (_bar(dimension, line, counts.total, slug, groups) for line in board.lines[dimension])
        return CountPanel(dimension, tuple(bars))

    return DashboardPage(
        total=counts.total,
        starred=counts.starred,
        chart=_chart(counts) if counts.total else None,
        starred_url=rows_url(slug, STARRED_ROWS),
        by_standing=panel("standing"),
        by_stars=panel("stars"),
        by_group=panel("group"),
        by_kind=panel("kind"),
        by_year=panel("year"),
        ending=tuple(_ending_line(row) for row in board.expiring.soon[:SHOWN]),
        undated=len(board.expiring.undated),
        check=_check(board.lines["stars"], counts.total),
        targets=tuple(_target_panel(of) for of in board.targets),
        splits=tuple(_split_bar(split) for split in board.splits),
        published=tuple(figure_line(figure) for figure in board.published),
    )


def figures_page(figures: Sequence[Figure]) -> FiguresPage:
    """Every published figure, by place."""
    by_place = groupby(sorted(figures, key=lambda figure: figure.place), key=lambda figure: figure.place)
    panels = tuple(_source_panel(place, tuple(of_place)) for place, of_place in by_place)
    return FiguresPage(len(figures), panels)


def rows_url(slug: str, rows: Mapping[str, Sequence[str]] | None) -> str:
    """The address of the register's rows behind a count: a value or several of each dimension."""
    question = {dimension: list(values) for dimension, values in (rows or {}).items()}
    return url_for("programme.register", place=slug, **question)  # type: ignore[arg-type]


def _bar(dimension: str, line: CountLine, total: int, slug: str, groups: Groups) -> BarRow:
    return BarRow(
        label=value_label(dimension, line.value, groups),
        value=number(line.count),
        share=line.share,
        url=rows_url(slug, {dimension: (line.value,)}),
        code=line.value,
        detail=percent(line.count / total) if total else "",
    )


def _chart(counts: RegisterCounts) -> UnitChart:
    drawn = counts.starred_by("stars")
    parts = (
        Part("c5", drawn["5"], gettext("năm sao")),
        Part("c4", drawn["4"], gettext("bốn sao")),
        Part("c3", drawn["3"], gettext("ba sao")),
        Part("open", counts.total - counts.starred, gettext("không có sao")),
    )
    label = gettext(
        "%(n)s sản phẩm có sao hôm nay trong %(all)s sản phẩm của sổ",
        n=counts.starred,
        all=counts.total,
    )
    return UnitChart(tuple(part for part in parts if part.count > 0), label)


def _ending_line(row: RegisterRow) -> EndingLine:
    days = row.standing.days_left or 0
    return EndingLine(
        name=row.name,
        url=url_for("programme.product", product_id=row.id),
        producer=producer_label(row),
        until=row.standing.until,
        days=Pill(ngettext("%(num)s ngày", "%(num)s ngày", days), "warn" if days <= 90 else "na"),
    )


def _check(lines: Sequence[CountLine], total: int) -> SumCheck | None:
    if not lines:
        return None
    counted = sum(line.count for line in lines)
    text = " + ".join(str(line.count) for line in lines)
    return SumCheck(f"{text} = {counted}.", counted == total)


def _target_panel(of: TargetsOf) -> TargetPanel:
    return TargetPanel(
        province=of.province.short_name,
        rows=tuple(_target_row(target, of.province.slug) for target in of.targets),
        source=of.targets[0].figure.source_title,
    )


def _target_row(target: Target, slug: str) -> TargetRow:
    figure, reached = target.figure, target.reached
    measured = reached is not None and target.value is not None
    return TargetRow(
        label=measure_label(figure.measure),
        target=gettext("Mục tiêu %(year)s: %(value)s", year=figure.year, value=figure_value(figure)),
        value=_reached_value(target),
        note=_reached_note(target, reached) if measured and reached else "",
        share=target.share,
        mark=target.mark,
        url=rows_url(slug, reached.rows) if measured and reached else "",
    )


def _reached_value(target: Target) -> str:
    if target.value is None:
        return ""
    return percent(target.value / 100) if target.figure.percent else number(target.value)


def _reached_note(target: Target, reached: Reached) -> str:
    if target.figure.percent:
        note = f"{number(reached.part)} / {number(reached.whole)}"
    else:
        note = gettext("đạt") if target.met else percent(target.share, 0)
    if reached.in_force is None or not reached.part:
        return note
    sure = gettext("%(n)s chắc còn hạn", n=number(reached.in_force))
    return f"{note}, {sure}"


def _split_bar(split: StarSplit) -> StackedBar:
    parts = (
        Part("c5", split.five, gettext("năm sao")),
        Part("p5", split.potential, gettext("tiềm năng 5 sao")),
        Part("c4", split.four, gettext("bốn sao")),
        Part("c3", split.three, gettext("ba sao")),
    )
    note = gettext("%(year)s, %(n)s sản phẩm", year=split.year, n=number(split.total))
    return StackedBar(split.place, note, tuple(part for part in parts if part.count))


def figure_line(figure: Figure) -> FigureLine:
    """A published figure as a row of a table."""
    return FigureLine(
        measure=figure.measure,
        place=figure.place,
        year=figure.year,
        title=figure_title(figure),
        value=figure_value(figure),
        source=figure.source_title,
    )


def _source_panel(place: str, figures: Sequence[Figure]) -> SourcePanel:
    first = figures[0]
    return SourcePanel(
        place=place,
        source=first.source_title,
        source_url=first.source_address if first.source_address.startswith("http") else None,
        figures=tuple(figure_line(figure) for figure in figures),
    )
