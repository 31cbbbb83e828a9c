"""Wrong roles are refused, guests are sent to log in and come back to where they were going."""

from __future__ import annotations

import pytest

from tests.journeys.person import DESK, Meet
from tests.journeys.shopping import path

pytestmark = pytest.mark.browser

ROOMS = ("/portal/", "/staff/", "/programme/", "/admin/")
HOMES = {
    "nguoimua@demo.nguon.example": None,
    "chucoso@demo.nguon.example": "/portal/",
    "xuctien@demo.nguon.example": "/staff/",
    "canbo@demo.nguon.example": "/programme/",
    "quantri@demo.nguon.example": "/admin/",
}


@pytest.mark.parametrize("email", HOMES)
def test_each_role_has_its_own_room_and_no_other(meet: Meet, email: str) -> None:
    person = meet(width=DESK)
    person.log_in(email)
    own = HOMES[email]
    assert path(person) == (own or "/")
    for room in ROOMS:
        person.go(room, status=200 if room == own else 403)


def test_a_guest_is_sent_to_log_in_and_then_on(meet: Meet) -> None:
    guest = meet()
    for room in ROOMS:
        guest.go(room)
        assert path(guest) == "/login", room
    guest.go("/portal/batches")
    guest.page.get_by_label("Thư điện tử").fill("chucoso@demo.nguon.example")
    guest.page.get_by_label("Mật khẩu").fill("nguon-xin-chao")
    guest.press("Đăng nhập")
    guest.page.wait_for_url("**/portal/batches")


def test_a_wrong_password_tells_nothing_of_the_address(meet: Meet) -> None:
    guest = meet()
    said = set()
    for email in ("nguoimua@demo.nguon.example", "khong-co-ai@demo.nguon.example"):
        guest.go("/login")
        guest.page.get_by_label("Thư điện tử").fill(email)
        guest.page.get_by_label("Mật khẩu").fill("sai-mat-khau-roi")
        guest.press("Đăng nhập")
        said.add(guest.main.locator("[role=alert], .notice").first.inner_text())
    assert len(said) == 1
