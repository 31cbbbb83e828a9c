"""Wrong roles are refused, guests are sent to log in and come back to where they were going."""

from __future__ import annotations

import re

import pytest

from tests.journeys.person import DESK, Meet
from tests.journeys.shopping import path
from tests.journeys.site import LiveSite

pytestmark = pytest.mark.browser

ROOMS = ("/portal/", "/staff/", "/programme/", "/admin/")
HOMES = {
    "nguoimua@demo.nguon.example": None,
    "chucoso@demo.nguon.example": "/portal/cong-ty-tnhh-tra-vinh-farm/today",
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
        person.go(room, status=200 if own and own.startswith(room) else 403)


def test_an_owner_invites_staff_who_come_in_until_they_are_let_go(site: LiveSite, meet: Meet) -> None:
    address, room = "pao@thu.example", "/portal/staff"
    owner = meet(width=DESK)
    owner.says_yes()
    owner.log_in("chucoso@demo.nguon.example")
    owner.page.get_by_role("link", name="Nhân viên").click()
    owner.page.get_by_label("Họ và tên").fill("Giàng A Páo")
    owner.page.get_by_label("Thư điện tử").fill(address)
    owner.press("Gửi thư mời")
    owner.sees(f"Đã gửi thư mời đến {address}.", "Đã mời, chờ trả lời")

    letter = site.letter(address, "mời bạn làm nhân viên").get_body()
    found = re.search(r"https?://\S+/register/\S+", letter.get_content() if letter else "")
    assert found is not None
    person = meet()
    person.go(found[0])
    person.page.get_by_label("Mật khẩu").fill("doi-che-sau-con-mua")
    person.press("Đặt mật khẩu")
    person.press("Nhận lời")
    person.sees("Đã nhận lời.", "Nhân viên cơ sở")
    person.go("/portal/batches")
    person.go(room, status=403)

    owner.go(room)
    owner.sees("Giàng A Páo", "Nhân viên cơ sở")
    owner.sees_no("Đã mời, chờ trả lời")
    owner.press("Cho thôi", owner.main.locator("li", has_text=address))
    owner.sees_no(address)
    person.go("/portal/batches", status=403)


def test_a_guest_is_sent_to_log_in_and_then_on(meet: Meet) -> None:
    guest = meet()
    for room in ROOMS:
        guest.go(room)
        assert path(guest) == "/login", room
    guest.go("/portal/batches")
    guest.page.get_by_label("Thư điện tử").fill("chucoso@demo.nguon.example")
    guest.page.get_by_label("Mật khẩu").fill("nguon-xin-chao")
    guest.press("Đăng nhập")
    guest.page.wait_for_url("**/portal/*/batches")


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
