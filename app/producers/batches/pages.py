"""View models of the batches: the list, and one batch with its stamps, its ledger and its areas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from app.geography.places import PlaceView
from app.producers.areas.queries import OnMap
from app.producers.batches.progress import batch_steps, certificate_notice
from app.producers.batches.queries import AreaOnMap, BatchView
from app.producers.labels import (
    RANGES_SHOWN,
    batch_label,
    batch_pills,
    hectares_label,
    stamp_bar,
    stamp_ranges,
)
from app.producers.stamps.preview import PreviewStamp
from app.producers.stamps.queries import RollView
from app.supply.models import BatchState, MovementKind
from app.supply.queries import BatchFacts, BatchStock, LedgerLine
from app.web.components import Action, Crumb, Link, Notice, Pill, Row, StampBar, StampRange, Step
from app.web.filters import number, vn_date
from app.web.language import gettext, ngettext


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch as a row of the list."""

    code: str
    url: str
    goods: str
    pills: tuple[Pill, ...]
    made_on: dt.date
    expires: str
    on_hand: int
    quantity: int


@dataclass(frozen=True, slots=True)
class BatchesPage:
    """Every batch of the producer."""

    rows: tuple[BatchLine, ...]


@dataclass(frozen=True, slots=True)
class RollPanel:
    """A roll of stamps issued for the batch."""

    title: str
    note: str
    count: int
    bar: StampBar
    ranges: tuple[StampRange, ...]
    more: str
    url: str


@dataclass(frozen=True, slots=True)
class ActivateWork:
    """The stamps that are to be activated next: of which roll, and where the form is sent."""

    title: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class IssueWork:
    """A further roll for the units without a stamp; `kind` is the look of the button."""

    hint: str
    kind: str


@dataclass(frozen=True, slots=True)
class StampWork:
    """What may be done with stamps now. `full`: why none can be activated any more."""

    activate: ActivateWork | None
    full: Notice | None
    issue: IssueWork | None


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the ledger; its note is a link where it is an order."""

    at: dt.datetime
    label: str
    note: Link | None
    quantity: str
    balance: int


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area the batch's raw material comes from."""

    name: str
    url: str
    place: PlaceView
    facts: str
    spot: OnMap


@dataclass(frozen=True, slots=True)
class SheetPreview:
    """The first stamps of the latest roll as they will be printed."""

    note: str
    stamps: tuple[PreviewStamp, ...]
    url: str


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch: how far it has come, what its certificate says, its stamps, its ledger, its areas."""

    public_id: str
    title: str
    crumbs: tuple[Crumb, ...]
    product: Link
    pack: str
    pills: tuple[Pill, ...]
    story_url: str
    close: Action | None
    steps: tuple[Step, ...]
    certificate: Notice
    rolls: tuple[RollPanel, ...]
    work: StampWork
    on_hand: int
    movements: tuple[Movement, ...]
    more: Link | None
    sheet: SheetPreview | None
    areas: tuple[AreaLine, ...]
    facts: tuple[Row, ...]


def batches_page(batches: Sequence[BatchStock]) -> BatchesPage:
    """The list of these batches."""
    return BatchesPage(tuple(_batch_line(batch) for batch in batches))


def _batch_line(batch: BatchStock) -> BatchLine:
    return BatchLine(
        code=batch.code,
        url=url_for("portal.batch", public_id=batch.public_id),
        goods=f"{batch.product_name}, {batch.pack}",
        pills=batch_pills(batch),
        made_on=batch.made_on,
        expires=_expires(batch.expires_on),
        on_hand=batch.on_hand,
        quantity=batch.quantity,
    )


def _expires(day: dt.date | None) -> str:
    return vn_date(day) if day else gettext("không ghi")


def _first_crumb() -> Crumb:
    return Crumb(gettext("Lô hàng"), url_for("portal.batches"))


def new_batch_crumbs() -> tuple[Crumb, ...]:
    """Where the page that opens a batch stands."""
    return (_first_crumb(), Crumb(gettext("Mở lô")))


def batch_page(view: BatchView, sheet: Sequence[PreviewStamp]) -> BatchPage:
    """The page of one batch. `sheet` are the first stamps of its latest roll."""
    facts = view.facts
    title = batch_label(facts.code)
    return BatchPage(
        public_id=facts.public_id,
        title=title,
        crumbs=(_first_crumb(), Crumb(title)),
        product=Link(facts.product_name, url_for("portal.product", slug=facts.product_slug)),
        pack=facts.pack,
        pills=_pills(view),
        story_url=url_for("trace.batch_story", public_id=facts.public_id),
        close=_close(facts) if view.open else None,
        steps=batch_steps(view),
        certificate=certificate_notice(view.made_standing, facts.made_on),
        rolls=tuple(_roll_panel(roll) for roll in view.rolls),
        work=StampWork(_activate(view), _full(view), _issue(view)),
        on_hand=facts.on_hand,
        movements=tuple(_movement(line) for line in view.lines),
        more=_more(view),
        sheet=_sheet(view.rolls[0], sheet) if sheet else None,
        areas=tuple(_area_line(area) for area in view.areas),
        facts=_facts(facts),
    )


def _pills(view: BatchView) -> tuple[Pill, ...]:
    pills = []
    if view.facts.example:
        pills.append(Pill(gettext("lô ví dụ"), "na"))
    if view.facts.state == BatchState.CLOSED:
        pills.append(Pill(gettext("đã đóng"), "na", "lock"))
    elif view.expired:
        pills.append(Pill(gettext("quá hạn"), "bad", "alert"))
    return tuple(pills)


def _close(facts: BatchFacts) -> Action:
    return Action(
        gettext("Đóng lô"),
        url_for("portal.retire_batch", public_id=facts.public_id),
        kind="alarm",
        method="post",
        confirm=gettext("Đóng lô? Số gói còn lại không bán nữa."),
    )


def _roll_panel(roll: RollView) -> RollPanel:
    count = number(roll.count)
    return RollPanel(
        title=gettext("Cuộn tem số %(n)s", n=roll.label),
        note=gettext("%(n)s tem, in %(day)s", n=count, day=vn_date(roll.printed_at))
        if roll.printed_at
        else gettext("%(n)s tem, chưa in", n=count),
        count=roll.count,
        bar=stamp_bar(roll),
        ranges=stamp_ranges(roll),
        more=_more_ranges(roll),
        url=url_for("portal.roll", public_id=roll.public_id),
    )


def _more_ranges(roll: RollView) -> str:
    left = len(roll.ranges) - RANGES_SHOWN
    return ngettext("và %(num)s dải nữa", "và %(num)s dải nữa", left) if left > 0 else ""


def _activate(view: BatchView) -> ActivateWork | None:
    roll = view.roll_to_activate
    if not view.open or roll is None or not view.unactivated:
        return None
    return ActivateWork(
        title=gettext("Kích hoạt thêm") if view.active else gettext("Kích hoạt"),
        url=url_for("portal.activate_stamps", public_id=roll.public_id),
        note=gettext("Cuộn số %(n)s. Kích hoạt nhầm? Hoàn lại được trong 24 giờ.", n=roll.label),
    )


def _full(view: BatchView) -> Notice | None:
    if not view.open or view.roll_to_activate is None or view.unactivated:
        return None
    text = gettext(
        "Lô có %(n)s gói, đã kích hoạt đủ. Mở lô mới nếu đóng thêm.", n=number(view.facts.quantity)
    )
    return Notice("warning", text, gettext("Không còn gói chưa dán."))


def _issue(view: BatchView) -> IssueWork | None:
    if not view.open or not view.unstamped:
        return None
    hint = ngettext("Lô còn %(num)s gói chưa có tem.", "Lô còn %(num)s gói chưa có tem.", view.unstamped)
    return IssueWork(hint, "line" if view.rolls else "main")


def _movement(line: LedgerLine) -> Movement:
    sign = "+" if line.quantity > 0 else "−"
    return Movement(
        at=line.at,
        label=_movement_label(line.kind),
        note=_movement_note(line),
        quantity=f"{sign}{number(abs(line.quantity))}",
        balance=line.balance,
    )


def _movement_label(kind: str) -> str:
    labels = {
        MovementKind.MADE: gettext("Đóng gói"),
        MovementKind.SOLD: gettext("Bán qua Nguồn"),
        MovementKind.RETURNED: gettext("Hàng trả lại"),
        MovementKind.SPOILED: gettext("Hỏng, mất, lấy mẫu"),
        MovementKind.ADJUSTED: gettext("Kiểm kho"),
    }
    return str(labels[MovementKind(kind)])


def _movement_note(line: LedgerLine) -> Link | None:
    if line.kind in {MovementKind.SOLD, MovementKind.RETURNED} and line.reference:
        return Link(line.reference, url_for("portal.order", number=line.reference))
    return Link(line.note) if line.note else None


def _more(view: BatchView) -> Link | None:
    if not view.more_lines:
        return None
    label = ngettext("Xem thêm %(num)s dòng", "Xem thêm %(num)s dòng", view.more_lines)
    return Link(label, url_for("portal.batch", public_id=view.facts.public_id, ledger="all"))


def _sheet(latest: RollView, stamps: Sequence[PreviewStamp]) -> SheetPreview:
    return SheetPreview(
        note=gettext("cuộn số %(n)s", n=latest.label),
        stamps=tuple(stamps),
        url=url_for("portal.sheet", public_id=latest.public_id),
    )


def _area_line(area: AreaOnMap) -> AreaLine:
    facts = area.facts
    known = filter(None, (hectares_label(facts.hectares), facts.standards))
    return AreaLine(
        name=facts.name,
        url=url_for("portal.area", slug=facts.slug),
        place=facts.place,
        facts=" · ".join(known),
        spot=area.spot,
    )


def _facts(facts: BatchFacts) -> tuple[Row, ...]:
    return (
        Row(gettext("Ngày làm"), vn_date(facts.made_on)),
        Row(gettext("Hạn dùng"), _expires(facts.expires_on)),
        Row(gettext("Ghi chú riêng"), facts.note),
    )
