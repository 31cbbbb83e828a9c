"""Trade promotion makes a fair, from its name to the cards on the booths."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from tests.journeys.fairs import choose
from tests.journeys.person import DESK, Meet, Person
from tests.journeys.shopping import path

pytestmark = pytest.mark.browser

GOODS = ("Mật ong Thanh Hảo", "Miến dong Tài Hoan", "Chè đinh Tân Cương")
NOTE = "Nếm thử tại gian số 4"


def shown(person: Person) -> list[str]:
    """The products of the page, in its order."""
    return [str(one.get_attribute("data-product")) for one in person.main.locator("[data-product]").all()]


def test_a_fair_is_made_published_and_printed(meet: Meet) -> None:
    """Journey 18: goods chosen and noted, an order that favours nobody, cards that lead to the goods."""
    staff = meet(width=DESK)
    page = staff.page
    staff.log_in("xuctien@demo.nguon.example")
    assert path(staff) == "/staff/"
    staff.follow("Mở phiên chợ")
    page.get_by_label("Tên phiên chợ").fill("Chợ quê cuối năm")
    page.get_by_label("Nơi mở").fill("Quảng trường Trà Vinh")
    page.get_by_label("Tỉnh, thành").select_option(label="Vĩnh Long")
    page.get_by_label("Ngày mở").fill("2026-11-20")
    page.get_by_label("Ngày cuối").fill("2026-11-19")
    staff.press("Mở phiên chợ")
    assert page.get_by_label("Ngày cuối").get_attribute("aria-invalid") == "true"
    page.get_by_label("Ngày cuối").fill("2026-11-25")
    staff.press("Mở phiên chợ")
    staff.sees("Đã mở phiên chợ.")
    fair = path(staff)

    for name in GOODS:
        choose(staff, name)
    staff.sees("3 món đã chọn")
    staff.go(fair)
    honey = staff.main.locator("li[data-product=mat-ong-thanh-hao]")
    honey.get_by_label("Lời ghi").fill(NOTE)
    staff.press("Ghi Mật ong Thanh Hảo", honey)
    page.get_by_label("Xếp các món").select_option(label="Theo tên, A đến Z")
    staff.press("Xếp")
    assert shown(staff) == ["che-dinh-tan-cuong", "mat-ong-thanh-hao", "mien-dong-tai-hoan"]
    staff.press("Lên Miến dong Tài Hoan")
    assert shown(staff) == ["che-dinh-tan-cuong", "mien-dong-tai-hoan", "mat-ong-thanh-hao"]

    visitor = meet()
    visitor.go("/showcases/cho-que-cuoi-nam", status=404)
    staff.press("Công bố")
    staff.sees("Đã công bố")
    visitor.go("/showcases")
    visitor.follow("Chợ quê cuối năm")
    visitor.sees("Quảng trường Trà Vinh, Vĩnh Long", "20/11/2026–25/11/2026", NOTE, "do ban tổ chức xếp tay")
    assert shown(visitor) == ["che-dinh-tan-cuong", "mien-dong-tai-hoan", "mat-ong-thanh-hao"]
    visitor.go("/")
    visitor.sees("Chợ quê cuối năm")

    staff.go(f"{fair}/cards")
    staff.sees(*GOODS)
    codes = staff.main.locator("img[src*='/staff/codes/']")
    assert codes.count() == len(GOODS)
    read = []
    for code in codes.all():
        answer = page.request.get(str(code.get_attribute("src")))
        read += [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.body())))]
    assert read[-1] == f"{visitor.url}/products/mat-ong-thanh-hao"
    visitor.go(read[-1])
    visitor.sees("Mật ong Thanh Hảo")
