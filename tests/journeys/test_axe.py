"""Every page for everybody: axe finds nothing on a phone or at a desk, by day or by night, and nothing runs over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.journeys.fairs import make_fair
from tests.journeys.person import DESK, HEIGHTS, PHONE, Meet, Person, Scheme
from tests.journeys.shopping import buy, path, put_in_cart
from tests.journeys.site import LiveSite
from tests.journeys.stamps import Roll, batch_on_sale, roll_by_owner

pytestmark = pytest.mark.browser

STANDARD = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# Names that hold what stands on the link (WCAG 2.5.3) are judged too, though axe calls that rule experimental.
EVERYTHING = {
    "runOnly": STANDARD,
    "rules": {"label-content-name-mismatch": {"enabled": True}},
    "resultTypes": ["violations"],
}
# Between day and night nothing changes but the colours.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
View = tuple[int, Scheme, dict[str, Any]]
BOTH: tuple[View, ...] = ((PHONE, "light", EVERYTHING), (DESK, "dark", EVERYTHING))
"""Every page is looked at twice; what differs crosswise is colour alone, and it comes from the same tokens."""
ALL: tuple[View, ...] = (*BOTH[:1], (PHONE, "dark", COLOURS), *BOTH[1:], (DESK, "light", COLOURS))
"""The pages that people meet first, and the style guide with each component, are looked at in all four."""
AXE = Axe()

SHOPPER = "nguoimua@demo.nguon.example"
PEOPLE = {
    "portal": "chucoso@demo.nguon.example",
    "staff": "xuctien@demo.nguon.example",
    "programme": "canbo@demo.nguon.example",
    "admin": "quantri@demo.nguon.example",
}


def look(person: Person, address: str, status: int | None = 200, views: tuple[View, ...] = BOTH) -> list[str]:
    """What is wrong with a page: axe's findings, and a page wider than its window.

    `status` None looks at the page as it stands, after a form was refused.
    """
    page, wrong = person.page, []
    for width, scheme, options in views:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if status is not None and (width, scheme) == views[0][:2]:
            person.go(address, status)
        found = AXE.run(page, options=options).response["violations"]
        for one in found:
            where = "; ".join(str(node["target"][0]) for node in one["nodes"][:3])
            wrong.append(f"{address} {width} {scheme}: {one['id']} ({len(one['nodes'])}×) {where}")
        if options is EVERYTHING:
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            if wide > width:
                wrong.append(f"{address} {width}: {wide} px wide")
    return wrong


@dataclass
class Errand:
    """What was made so that every page has something to show."""

    order: str
    current: Roll
    ended: Roll
    batch: str
    fair: str


@pytest.fixture(scope="module")
def errand(site: LiveSite, browser: Browser) -> Errand:
    """An order, stamps in several states, a fair."""
    with Person(browser, site.url) as buyer:
        put_in_cart(buyer, "mat-hoa-dua", 2)
        order = buy(buyer, name="Ngô Thị Xem")
    with Person(browser, site.url, width=DESK) as owner:
        owner.says_yes()
        owner.log_in(PEOPLE["portal"])
        batch = batch_on_sale(owner, "mat-hoa-dua")
        current = roll_by_owner(owner, batch, 4, active=2)
        void = owner.main.locator("#void")
        void.get_by_label("Từ tem số").fill("3")
        void.get_by_label("Đến tem số").fill("3")
        void.get_by_label("Lý do").fill("In lệch khung")
        owner.press("Hủy tem", void)
        owner.sees("Đã hủy 1 tem.")
        ended = roll_by_owner(owner, batch_on_sale(owner, "hat-ca-cao-mat-hoa-dua"), 1, active=1)
    with Person(browser, site.url, width=DESK) as staff:
        staff.log_in(PEOPLE["staff"])
        fair = make_fair(
            staff,
            name="Phiên chợ để ngắm",
            place="Nhà văn hóa",
            days=("2026-11-21", "2026-11-22"),
            goods=("Mật ong Thanh Hảo", "Miến dong Tài Hoan", "Chè đinh Tân Cương"),
        )
    return Errand(order, current, ended, batch, fair)


FIRST_MET = ("/", "/products", "/products/che-dinh-tan-cuong", "/styleguide")
PUBLIC = (
    "/products?q=mat+ong&stars=3&in_stock=1",
    "/products?q=khongcogica",
    "/products/mat-ong-thanh-an",
    "/producers",
    "/producers/htx-che-hao-dat",
    "/areas/vung-nguyen-lieu-tan-cuong",
    "/showcases",
    "/showcases/phien-cho-de-ngam",
    "/cart",
    "/t",
    "/login",
    "/register",
    "/password/forgot",
    "/api/docs",
)


@pytest.mark.parametrize("address", FIRST_MET)
def test_the_pages_met_first(errand: Errand, meet: Meet, address: str) -> None:
    wrong = look(meet(), address, views=ALL)
    assert not wrong, "\n".join(wrong)


def test_public_pages(errand: Errand, meet: Meet) -> None:
    visitor = meet()
    wrong = [fault for address in PUBLIC for fault in look(visitor, address)]
    assert not wrong, "\n".join(wrong)


def test_pages_in_english(meet: Meet) -> None:
    """The other language changes words and their length, not colours: a phone by day is enough."""
    visitor = meet()
    visitor.go("/?lang=en")
    pages = ("/products?stars=4", "/products/mat-hoa-dua", "/t", "/cart")
    wrong = [fault for address in pages for fault in look(visitor, address, views=BOTH[:1])]
    assert not wrong, "\n".join(wrong)


def test_cart_checkout_order_and_batch(errand: Errand, meet: Meet) -> None:
    buyer = meet()
    put_in_cart(buyer, "mat-ong-van-tien", 2)
    put_in_cart(buyer, "mien-dong-tai-hoan")
    wrong = look(buyer, "/cart") + look(buyer, "/checkout")
    buyer.press("Đặt hàng, trả khi nhận")
    wrong += look(buyer, "/checkout, refused", status=None)
    wrong += look(buyer, errand.order) + look(buyer, f"/batches/{errand.batch}")
    assert not wrong, "\n".join(wrong)


def test_stamp_pages_in_each_state(errand: Errand, meet: Meet) -> None:
    buyer = meet()
    current, ended = errand.current.addresses, errand.ended.addresses
    wrong: list[str] = []
    seen: set[str | None] = set()
    wrong += look(buyer, current[0], views=ALL)
    seen.add(buyer.verdict)
    meet().go(current[1])
    for address, status in (
        (current[1], 200),
        (current[2], 200),
        (current[3], 200),
        (ended[0], 200),
        ("/t/0000000000000000", 404),
        ("/t/KHONGPHAI", 400),
    ):
        wrong += look(buyer, address, status)
        seen.add(buyer.verdict)
    assert {"genuine-first", "genuine-seen", "void", "not-activated", "star-ended", "unknown"} <= seen
    buyer.go("/t")
    buyer.page.get_by_label("Mã 16 ký tự trên tem").fill("7K4M 9XQ T0RB H5WE")
    buyer.press("Tra tem")
    wrong += look(buyer, "/t, a group too short", status=None)
    assert not wrong, "\n".join(wrong)


def test_error_pages(meet: Meet) -> None:
    person = meet()
    wrong = look(person, "/khong-co-trang-nay", 404) + look(person, "/01/khong-phai-gtin", 400)
    person.log_in(SHOPPER)
    wrong += look(person, "/portal/", 403)
    assert not wrong, "\n".join(wrong)


def link_in(mail: EmailMessage) -> str:
    """The address that a letter asks to open."""
    body = mail.get_body()
    found = re.search(r"https?://\S+/(?:register|password/reset)/\S+", body.get_content() if body else "")
    assert found is not None
    return found[0]


def test_account_pages_from_the_first_letter_to_a_new_password(site: LiveSite, meet: Meet) -> None:
    """An account is opened by mail, its password forgotten and set anew; every page on the way is looked at."""
    address = "linh@buyer.example"
    person = meet()
    person.go("/register")
    person.page.get_by_label("Họ và tên").fill("Đỗ Mỹ Linh")
    person.page.get_by_label("Thư điện tử").fill(address)
    person.press("Gửi thư cho tôi")
    wrong = look(person, "/register, sent", status=None)
    wrong += look(person, link_in(site.letter(address, "Mở tài khoản trên Nguồn")))
    person.page.get_by_label("Mật khẩu").fill("ngan")
    person.press("Đặt mật khẩu")
    wrong += look(person, "/register, refused", status=None)
    person.page.get_by_label("Mật khẩu").fill("cau-chi-minh-linh-nho")
    person.press("Đặt mật khẩu")
    wrong += look(person, "/account") + look(person, "/account/orders")
    person.sees_no("Đăng nhập")
    wrong += look(person, "/account/second-factor")

    forgetful = meet()
    forgetful.go("/password/forgot")
    forgetful.page.get_by_label("Thư điện tử").fill(address)
    forgetful.main.locator("form button[type=submit]").click()
    wrong += look(forgetful, link_in(site.letter(address, "Đặt mật khẩu mới trên Nguồn")))
    forgetful.page.get_by_label("Mật khẩu").fill("cau-khac-linh-van-nho")
    forgetful.press("Đặt mật khẩu")
    meet().log_in(address, "cau-khac-linh-van-nho")
    person.go("/account")
    assert path(person) == "/login", "a new password logs the other browsers out"
    assert not wrong, "\n".join(wrong)


ROOMS = {
    "portal": (
        "/portal/",
        "/portal/products",
        "/portal/products/mat-hoa-dua",
        "/portal/products/mat-hoa-dua/edit",
        "/portal/products/mat-hoa-dua/variants/new",
        "/portal/products/new",
        "/portal/areas",
        "/portal/areas/new",
        "/portal/areas/vung-nguyen-lieu-phu-can",
        "/portal/batches",
        "/portal/batches/new",
        "/portal/stamps",
        "/portal/stamps/new",
        "/portal/orders",
        "/portal/orders/pick",
        "/portal/staff",
    ),
    "staff": ("/staff/", "/staff/showcases/new"),
    "programme": (
        "/programme/",
        "/programme/register",
        "/programme/register?q=khongcogica",
        "/programme/expiring",
        "/programme/alcohol",
        "/programme/figures",
    ),
    "admin": ("/admin/", "/admin/users", "/admin/users/1", "/admin/audit"),
}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_behind_the_log_in(errand: Errand, meet: Meet, room: str) -> None:
    person = meet(width=DESK)
    person.log_in(PEOPLE[room])
    pages = list(ROOMS[room])
    if room == "portal":
        pages += [f"/portal/batches/{errand.batch}", f"/portal/stamps/{errand.current.public_id}"]
        person.go("/portal/orders")
        pages.append(
            str(person.main.locator("a[href^='/portal/'][href*='/orders/2']").first.get_attribute("href"))
        )
    elif room == "staff":
        pages += [errand.fair, f"{errand.fair}?q=tra", f"{errand.fair}/cards", f"{errand.fair}/catalogue"]
    elif room == "programme":
        person.go("/programme/register")
        pages.append(str(person.main.locator("a[href*='/programme/products/']").first.get_attribute("href")))
    wrong = [fault for address in pages for fault in look(person, address)]
    assert not wrong, "\n".join(wrong)
