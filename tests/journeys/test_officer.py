"""An officer reads the province's register, gives certificates and takes them back."""

from __future__ import annotations

import re

import pytest

from tests.journeys.person import DESK, Meet, Person
from tests.journeys.shopping import buy, path, put_in_cart
from tests.journeys.site import LiveSite
from tests.journeys.stamps import batch_on_sale, roll_by_owner

pytestmark = pytest.mark.browser

OFFICER = "canbo@demo.nguon.example"
OWNER = "chucoso@demo.nguon.example"
ADMIN = "quantri@demo.nguon.example"


def number(text: str) -> int:
    """The first whole number of a text, thousands parted by a point."""
    found = re.search(r"\d[\d.]*", text)
    assert found is not None, text
    return int(found[0].rstrip(".").replace(".", ""))


def counts(officer: Person) -> dict[str, int]:
    """The address behind each count of the dashboard, and the count."""
    links = officer.main.locator(".count-list a[data-value]")
    return {str(link.get_attribute("href")): number(link.locator("b").inner_text()) for link in links.all()}


def test_every_number_of_the_province_opens_the_rows_behind_it(meet: Meet) -> None:
    """Journey 21: figures against targets, each one click from its rows, in the units of then and of now."""
    officer = meet(width=DESK)
    officer.log_in(OFFICER)
    assert path(officer) == "/programme/"
    officer.sees("Vĩnh Long", "Mục tiêu", "Số các tỉnh đã công bố")
    now = int(officer.main.get_attribute("data-total") or 0)
    found = counts(officer)
    assert now > 0 and len(found) > 10

    # The largest count of each question, so that the journey stays short.
    asked = {
        href.rsplit("&", 1)[-1].split("=")[0]: href for href in sorted(found, key=lambda one: found[one])
    }
    assert set(asked) == {"standing", "stars", "group", "kind", "year"}
    for href in asked.values():
        officer.go(href)
        assert officer.main.get_attribute("data-total") == str(found[href]), href

    officer.go("/programme/")
    officer.follow("Trà Vinh trước 01/07/2025")
    officer.sees("Trà Vinh, nay thuộc Vĩnh Long")
    then = int(officer.main.get_attribute("data-total") or 0)
    assert 0 < then < now
    assert officer.main.get_attribute("data-place") == "VN63-84"

    with officer.page.expect_download() as download:
        officer.follow("Tải bảng CSV")
    assert len(download.value.path().read_text("utf-8-sig").splitlines()) == then + 1


def star_of(person: Person, slug: str) -> tuple[str | None, str | None]:
    """Drawn stars and standing on the product's page."""
    person.go(f"/products/{slug}")
    article = person.main.locator(f"article.product[data-product={slug}]")
    return article.get_attribute("data-stars"), article.get_attribute("data-standing")


def open_in_register(officer: Person, name: str) -> None:
    """The officer's page of a product, found in the register by its name."""
    officer.go("/programme/register")
    officer.page.get_by_label("Tên sản phẩm, cơ sở").fill(name)
    officer.press("Lọc")
    officer.follow(name)


def test_a_withdrawn_certificate_takes_the_star_from_every_page_at_once(site: LiveSite, meet: Meet) -> None:
    """Journeys 23 and 22: shop, stamp, API and search in the same second; the order keeps its rank; then an award."""
    slug, name = "duong-hoa-dua", "Đường hoa dừa"
    listing = "/products?q=duong+hoa+dua&stars=5"
    buyer = meet()
    put_in_cart(buyer, slug)
    order = buy(buyer, name="Bùi Thị Giữ")
    buyer.sees("Lúc đặt: 5 sao")
    owner = meet(width=DESK)
    owner.log_in(OWNER)
    roll = roll_by_owner(owner, batch_on_sale(owner, slug), 2, active=2)
    buyer.go(roll.addresses[0])
    assert buyer.verdict == "genuine-first"
    buyer.sees("5 sao")
    assert star_of(buyer, slug)[0] == "5"
    buyer.go(listing)
    assert buyer.main.locator(f"article[data-product={slug}]").count() == 1

    officer = meet(width=DESK)
    officer.says_yes()
    officer.log_in(OFFICER)
    open_in_register(officer, name)
    page_of_product = path(officer)
    withdraw = officer.main.locator("#withdraw")
    withdraw.get_by_label("Lý do").select_option(label="Dùng sai nhãn, dấu hạng sao")
    withdraw.get_by_label("Ghi rõ").fill("Biên bản kiểm tra ngày 21/11/2026 tại cơ sở.")
    withdraw.get_by_label("Số quyết định thu hồi").fill("77/QĐ-BNNMT")
    officer.press("Thu hồi", withdraw)
    officer.sees("Đã thu hồi giấy.")

    assert star_of(buyer, slug) == ("0", "withdrawn")
    buyer.sees("đã thu hồi")
    buyer.go(listing)
    assert buyer.main.locator(f"article[data-product={slug}]").count() == 0
    buyer.go("/products?q=duong+hoa+dua")
    assert buyer.main.locator(f"article[data-product={slug}]").get_attribute("data-stars") == "0"
    buyer.go(roll.addresses[1])
    assert buyer.verdict == "star-ended"
    told = site.api(f"/api/v1/products/{slug}")["certificate"]
    assert isinstance(told, dict)
    assert (told["state"], told["stars"]) == ("withdrawn", 0)
    buyer.go(order)
    buyer.sees("Lúc đặt: 5 sao")

    admin = meet(width=DESK)
    admin.log_in(ADMIN)
    admin.go("/admin/audit")
    admin.sees("Sơn Thị Lan")
    officer.go(page_of_product)
    officer.sees("Thu hồi giấy chứng nhận, Sơn Thị Lan", "Dùng sai nhãn, dấu hạng sao", "Biên bản kiểm tra")

    award = officer.main.locator("#award")
    award.get_by_label("4 sao", exact=True).check()
    award.get_by_label("Điểm").fill("49")
    award.get_by_label("Số quyết định").fill("2511/QĐ-UBND")
    award.get_by_label("Ngày cấp").fill("2026-11-21")
    officer.press("Cấp giấy", award)
    assert award.get_by_label("Điểm").get_attribute("aria-invalid") == "true", "49 points are no four stars"
    award.get_by_label("Điểm").fill("82")
    officer.press("Cấp giấy", award)
    officer.sees("Đã cấp giấy 4 sao.")
    assert star_of(buyer, slug) == ("4", "in-force")
    buyer.sees("4 sao", "2511/QĐ-UBND")
    buyer.go("/products?q=duong+hoa+dua&stars=4&standing=in-force")
    assert buyer.main.locator(f"article[data-product={slug}]").count() == 1


def test_another_province_is_none_of_the_officers_business(site: LiveSite, meet: Meet) -> None:
    officer = meet(width=DESK)
    officer.log_in(OFFICER)
    officer.go("/programme/?place=thai-nguyen", status=404)
    officer.go("/programme/register")
    officer.page.get_by_label("Tên sản phẩm, cơ sở").fill("Chè đinh Tân Cương")
    officer.press("Lọc")
    assert officer.main.get_attribute("data-total") == "0"
