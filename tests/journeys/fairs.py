"""What trade-promotion staff do to make a fair."""

from __future__ import annotations

from collections.abc import Sequence

from tests.journeys.person import Person
from tests.journeys.shopping import path


def choose(staff: Person, name: str) -> None:
    """Find a product by its name, on the page of a fair, and take it in."""
    staff.main.get_by_role("searchbox").fill(name)
    staff.main.get_by_role("search").get_by_role("button").click()
    staff.press(f"Chọn {name}")
    staff.sees("Đã thêm vào phiên chợ.")


def make_fair(
    staff: Person,
    *,
    name: str,
    place: str,
    days: tuple[str, str],
    introduction: str = "",
    goods: Sequence[str],
) -> str:
    """Make a fair with these goods and publish it; returns the path of its page in the staff's rooms."""
    page = staff.page
    staff.go("/staff/showcases/new")
    page.get_by_label("Tên phiên chợ").fill(name)
    page.get_by_label("Nơi mở").fill(place)
    page.get_by_label("Ngày mở").fill(days[0])
    page.get_by_label("Ngày cuối").fill(days[1])
    page.get_by_label("Lời giới thiệu").fill(introduction)
    staff.press("Mở phiên chợ")
    staff.sees("Đã mở phiên chợ.")
    fair = path(staff)
    for one in goods:
        choose(staff, one)
    staff.press("Công bố")
    staff.sees("Đã công bố")
    return fair
