"""How far a batch has come, and what its certificate says of the day on which it was made."""

from __future__ import annotations

import datetime as dt

from app.certification.standing import Standing, StandingState
from app.listing.labels import state_label
from app.producers.batches.queries import BatchView
from app.producers.labels import units_left_label
from app.web.components import Notice, Step
from app.web.filters import number, vn_date
from app.web.language import gettext


def batch_steps(view: BatchView) -> tuple[Step, ...]:
    """The steps from the batch opened to the last unit sold."""
    facts = view.facts
    opened = gettext("%(day)s, %(n)s gói", day=vn_date(facts.made_on), n=number(facts.quantity))
    return (
        Step(gettext("Mở lô"), opened, "done"),
        _issued_step(view),
        _printed_step(view),
        _active_step(view),
        _sold_step(view),
    )


def _issued_step(view: BatchView) -> Step:
    if not view.rolls:
        return Step(gettext("Cấp tem"), gettext("chưa có cuộn nào"), "now")
    first = view.rolls[-1]
    text = gettext("%(day)s, cuộn số %(n)s", day=vn_date(first.issued_at), n=first.label)
    return Step(gettext("Cấp tem"), text, "done")


def _printed_step(view: BatchView) -> Step:
    title = gettext("In và dán")
    if view.first_printed_at:
        return Step(title, gettext("in %(day)s", day=vn_date(view.first_printed_at)), "done")
    if view.active:
        return Step(title, gettext("đã dán"), "done")
    return Step(title, gettext("tải PDF để in"), "now" if view.rolls else "next")


def _active_step(view: BatchView) -> Step:
    title = gettext("Kích hoạt")
    if view.active:
        return Step(title, gettext("%(n)s tem", n=number(view.active)), "done")
    return Step(title, gettext("sau khi dán xong"), "now" if view.first_printed_at else "next")


def _sold_step(view: BatchView) -> Step:
    on_hand = view.facts.on_hand
    if not view.open:
        title = gettext("Đã đóng")
    elif view.expired:
        title = gettext("Quá hạn")
    else:
        title = gettext("Đang bán") if on_hand else gettext("Bán hết")
    over = not view.open or not on_hand
    return Step(title, units_left_label(on_hand), "done" if over else "now" if view.active else "next")


def certificate_notice(standing: Standing, made_on: dt.date) -> Notice:
    """What the certificate says of the day on which the batch was made."""
    made = vn_date(made_on)
    match standing.state:
        case StandingState.IN_FORCE:
            return Notice("success", _in_force_text(standing, made), _in_force_title(standing))
        case StandingState.UNCONFIRMED:
            text = gettext(
                "Chưa rõ giấy còn hạn vào ngày làm (%(made)s). Khách thấy sao để trống ruột, "
                "kèm chữ “chưa rõ hạn”.",
                made=made,
            )
            return Notice("warning", text, gettext("Giấy chưa rõ hạn."))
        case StandingState.LAPSED:
            text = gettext(
                "Lô làm %(made)s, sau khi giấy hết hạn. Hàng vẫn bán được, tem của lô không có sao.",
                made=made,
            )
            return Notice("warning", text, f"{state_label(standing.state)}.")
        case StandingState.WITHDRAWN:
            text = gettext(
                "Vào ngày làm (%(made)s) giấy đã bị thu hồi. Không ghi sao lên bao bì của lô này.", made=made
            )
            return Notice("error", text, gettext("Giấy đã bị thu hồi."))
    text = gettext(
        "Vào ngày làm (%(made)s) sản phẩm chưa có giấy chứng nhận OCOP. Tem vẫn cho biết nguồn gốc, "
        "không có sao.",
        made=made,
    )
    return Notice("info", text, gettext("Lô không có sao."))


def _in_force_title(standing: Standing) -> str:
    if standing.stars:
        return gettext("Giấy %(n)s sao phủ ngày làm lô.", n=standing.stars)
    return gettext("Giấy chứng nhận phủ ngày làm lô.")


def _in_force_text(standing: Standing, made: str) -> str:
    if standing.until is None:
        return gettext("Công nhận năm %(year)s, lô làm %(made)s.", year=standing.recognised_year, made=made)
    until = vn_date(standing.until)
    if standing.issued_on is None:
        return gettext("Hiệu lực đến %(until)s, lô làm %(made)s.", until=until, made=made)
    days = {"from": vn_date(standing.issued_on), "until": until, "made": made}
    return gettext("Hiệu lực %(from)s – %(until)s, lô làm %(made)s.", **days)
