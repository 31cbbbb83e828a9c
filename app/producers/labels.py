"""Labels that several sections of the producers' portal show: states, net contents, GTINs, ranges of stamps."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

from app.producers.stamps.queries import ACTIVE, VOID, RangeView, RollView
from app.supply.models import BatchState
from app.supply.queries import BatchStock
from app.web.components import Pill, StampBar, StampRange
from app.web.filters import grams, number, vn_date
from app.web.language import gettext, ngettext


def example_pill() -> Pill:
    """What the site has filled in by itself, so that there is something to look at."""
    return Pill(gettext("ví dụ"), "na")


def batch_pills(batch: BatchStock) -> tuple[Pill, ...]:
    """The state of a batch, and that it is an example."""
    return (_batch_pill(batch), example_pill()) if batch.example else (_batch_pill(batch),)


def _batch_pill(batch: BatchStock) -> Pill:
    if batch.state == BatchState.CLOSED:
        return Pill(gettext("đã đóng"), "na", "lock")
    if batch.expired:
        return Pill(gettext("quá hạn"), "bad", "alert")
    if not batch.on_hand:
        return Pill(gettext("hết hàng"), "na")
    return Pill(gettext("đang bán"), "good", "check")


def net_label(weight: int | None, unit: str) -> str:
    """Net content: "100 g", "3 cái"; empty where it is not known."""
    if not weight:
        return ""
    return ngettext("%(num)s cái", "%(num)s cái", weight) if unit == "piece" else grams(weight, unit)


def gtin_label(gtin: str) -> str:
    """A GTIN as it stands under the bar code: a GTIN-14 that begins with 0 shows its 13 digits."""
    return gtin.removeprefix("0")


def units_label(units: int) -> str:
    """So many units."""
    return ngettext("%(num)s gói", "%(num)s gói", units)


def units_left_label(units: int) -> str:
    """So many units are left."""
    return ngettext("còn %(num)s gói", "còn %(num)s gói", units)


def batch_label(code: str) -> str:
    """A batch by its code, at the beginning of a line."""
    return gettext("Lô %(code)s", code=code)


def roll_label(label: int) -> str:
    """A roll by its number, at the beginning of a line."""
    return gettext("Cuộn số %(n)s", n=label)


def hectares_label(hectares: float | None) -> str:
    """An area's size; empty where it is not known."""
    return f"{number(hectares)} ha" if hectares else ""


def span_label(first: int, last: int) -> str:
    """Stamps from one number to another."""
    return gettext("Tem %(a)s–%(b)s", a=number(first), b=number(last))


RANGES_SHOWN = 50
"""Ranges of a roll that one page lists."""
_BAR_PARTS = 150
"""Parts of a bar that can still be told apart."""


def stamp_ranges(roll: RollView, page: int = 1) -> tuple[StampRange, ...]:
    """The ranges of a roll that stand on a page of the list, told."""
    start = (page - 1) * RANGES_SHOWN
    return tuple(
        StampRange(part.first, part.last, part.state, _range_label(part), _range_note(part))
        for part in roll.ranges[start : start + RANGES_SHOWN]
    )


def stamp_bar(roll: RollView) -> StampBar:
    """The whole roll drawn to scale, and how many of its stamps are in which state."""
    label = gettext(
        "%(active)s tem hoạt động, %(void)s tem đã hủy, %(blank)s tem chưa kích hoạt",
        active=number(roll.total(ACTIVE)),
        void=number(roll.total(VOID)),
        blank=number(roll.blank),
    )
    return StampBar(label, bar_parts(roll))


def bar_parts(roll: RollView) -> tuple[StampRange, ...]:
    """The ranges of a roll, or, of more than can be told apart, parts that show what most of their stamps are."""
    parts = roll.ranges if len(roll.ranges) <= _BAR_PARTS else _columns(roll)
    return tuple(StampRange(part.first, part.last, part.state, "", "") for part in parts)


def _columns(roll: RollView) -> Iterator[RangeView]:
    ranges = deque(roll.ranges)
    for column in range(_BAR_PARTS):
        first, last = (1 + roll.count * end // _BAR_PARTS for end in (column, column + 1))
        stamps = Counter[str]()
        while ranges and ranges[0].first < last:
            part = ranges[0]
            stamps[part.state] += min(part.last + 1, last) - max(part.first, first)
            if part.last >= last:
                break
            ranges.popleft()
        yield RangeView(first, last - 1, max(stamps, key=lambda state: stamps[state]))


def _range_label(part: RangeView) -> str:
    if part.first == part.last:
        return gettext("Tem %(n)s", n=number(part.first))
    return span_label(part.first, part.last)


def _range_note(part: RangeView) -> str:
    if part.state == VOID:
        return gettext("Đã hủy: %(reason)s. Ai quét sẽ thấy báo hủy", reason=part.reason)
    if part.state != ACTIVE:
        return gettext("Chưa kích hoạt")
    day = vn_date(part.at)
    if part.who:
        return gettext(
            "Đã kích hoạt cho lô %(code)s, %(day)s, %(who)s", code=part.batch_code, day=day, who=part.who
        )
    return gettext("Đã kích hoạt cho lô %(code)s, %(day)s", code=part.batch_code, day=day)
