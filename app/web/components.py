"""What the shared template components take: one small frozen dataclass for each shape.

A page's view model is made of these, so that a component never receives a dict. Labels are sentences in the language
of the page; a Markup is shown as it is, any other text is escaped by the template.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SQUARES_A_COLUMN: Final = 7
_CELL: Final = 18
"""Side of a square of the unit chart with the space around it."""
_GAP: Final = 1.5
_BAR_WIDTH: Final = 400


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the breadcrumbs; the last one is the page itself and needs no address."""

    label: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value for kv_list, a link where there is a `url`, with a small note below.

    An empty value is left out.
    """

    label: str
    value: str | None
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure and the label that gives it meaning, for big_figure."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A line of totals, in đồng."""

    label: str
    amount: int


@dataclass(frozen=True, slots=True)
class OrderCard:
    """A line of a cart or an order for order_line: `words` are small lines below the name, `amount` is in đồng."""

    name: str
    picture: str
    amount: int
    href: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """A button or a link that looks like one. method: "get" for a link, "post" for a form of one button.

    kind: main, line, alarm, solid-alarm or "" (plain). `confirm` is asked before a POST is sent.
    """

    label: str
    url: str
    kind: str = "line"
    icon: str = ""
    method: str = "get"
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A text and where it leads; without an address it is plain text."""

    label: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Tab:
    """One of two or three ways to look at the same list, for segment."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of progress_rail. state: done, now or next."""

    title: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A chosen filter (removable) or a quick choice (current)."""

    label: str
    url: str
    removable: bool = False
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Pill:
    """A short state in words. kind: good, warn, bad, na or house."""

    text: str
    kind: str = "good"
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message on a page. kind: success, info, warning or error."""

    kind: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class BarRow:
    """A bar of hbar_list. share: 0 to 1 of the longest; mark: where a target line stands, or None.

    With a `url` the value is a link, `code` is what programs read in it, `detail` stands behind the value.
    """

    label: str
    value: str
    share: float
    strong: bool = False
    mark: float | None = None
    note: str = ""
    url: str = ""
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target and what was reached. share and mark: 0 to 1; no share where nobody measured it.

    With a `url` the value is a link to what was counted.
    """

    label: str
    target: str
    value: str
    note: str
    share: float | None
    mark: float | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole for unit_chart and stacked_bar. kind: p5, c5, c4, c3 or open."""

    kind: str
    count: int
    label: str


@dataclass(frozen=True, slots=True)
class Square:
    """A square of the unit chart and where it stands, in units of the drawing."""

    kind: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class UnitChart:
    """One square a product, column by column. `label` is the same in one sentence, for screen readers."""

    parts: tuple[Part, ...]
    label: str

    @property
    def width(self) -> int:
        count = sum(part.count for part in self.parts)
        return max(-(-count // _SQUARES_A_COLUMN), 1) * _CELL

    @property
    def height(self) -> int:
        return _SQUARES_A_COLUMN * _CELL

    @property
    def squares(self) -> Iterator[Square]:
        kinds = (part.kind for part in self.parts for _ in range(part.count))
        for n, kind in enumerate(kinds):
            column, row = divmod(n, _SQUARES_A_COLUMN)
            yield Square(kind, column * _CELL + _GAP, row * _CELL + _GAP)


@dataclass(frozen=True, slots=True)
class Segment:
    """A coloured piece of a stacked bar, in units of a bar 400 wide."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class StackedBar:
    """A whole in its parts, whose figures are printed below."""

    title: str
    note: str
    parts: tuple[Part, ...]

    @property
    def label(self) -> str:
        return ", ".join(f"{part.count} {part.label}" for part in self.parts)

    @property
    def segments(self) -> Iterator[Segment]:
        total = sum(part.count for part in self.parts)
        x = 0.0
        for part in self.parts:
            if part.count:
                width = part.count / total * _BAR_WIDTH
                yield Segment(part.kind, round(x + 1, 1), round(max(width - 2, 1), 1))
                x += width


@dataclass(frozen=True, slots=True)
class StampRange:
    """A range of a roll for stamp_roll, both ends included. state: active, void or blank."""

    first: int
    last: int
    state: str
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class StampBar:
    """A whole roll drawn to scale for stamp_roll, and what it shows in words."""

    label: str
    parts: tuple[StampRange, ...]


@dataclass(frozen=True, slots=True)
class CertificateCard:
    """A certificate for certificate.html; unknown days stay None."""

    title: str
    level: str | None
    decision: str | None
    issued: dt.date | None
    until: dt.date | None
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a select: its value, its label and whether it is chosen."""

    value: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """A select outside a WTForms form, with all its options."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class FacetOption:
    """A value of a facet: how many there are of it. share: 0 to 1, a bar under the row; stars: how many are drawn."""

    value: str
    label: str
    count: int
    checked: bool
    note: str = ""
    share: float | None = None
    stars: int = 0

    @property
    def meter(self) -> str:
        """The length of the bar, of 100."""
        return f"{(self.share or 0) * 100:.1f}"


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """One question of a listing with its values. kind: checkbox or radio.

    `narrow` shows a field that narrows the values by typing, `tabs` are ways to look at them. Rows past `more` fold
    away unless one of them is chosen.
    """

    name: str
    title: str
    options: tuple[FacetOption, ...]
    kind: str = "checkbox"
    narrow: bool = False
    tabs: tuple[Tab, ...] = ()
    tabs_label: str = ""
    more: int = 8

    @property
    def first(self) -> tuple[FacetOption, ...]:
        return self.options[: self.more]

    @property
    def folded(self) -> tuple[FacetOption, ...]:
        return self.options[self.more :]

    @property
    def open(self) -> bool:
        """A folded value is chosen, so nothing is folded."""
        return any(option.checked for option in self.folded)


@dataclass(frozen=True, slots=True)
class EmptyState:
    """Nothing here, and what to do about it."""

    title: str
    text: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class SmallMap:
    """The country in dots with one place on it, in the frame of the drawing. `label` is read out."""

    dots: str
    view_box: str
    x: float
    y: float
    label: str = ""
