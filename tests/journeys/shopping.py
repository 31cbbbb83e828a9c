"""What every buyer does: put goods into the cart, say where they go, order."""

from __future__ import annotations

import re

from tests.journeys.person import Person

ORDER = "Đặt hàng, trả khi nhận"


def put_in_cart(buyer: Person, slug: str, packs: int = 1) -> None:
    """From the product's page into the cart."""
    buyer.go(f"/products/{slug}")
    buyer.page.locator("#quantity").fill(str(packs))
    buyer.press("Thêm vào giỏ", buyer.page.locator("#buy"))
    buyer.page.wait_for_url("**/cart")


def fill_in_address(buyer: Person, *, name: str, email: str = "") -> None:
    """Fill in the form of the order; the communes come when the province is chosen."""
    page = buyer.page
    page.get_by_label("Họ và tên").fill(name)
    page.get_by_label("Số điện thoại").fill("0912 345 678")
    page.get_by_label("Thư điện tử").fill(email)
    page.get_by_label("Tỉnh, thành").select_option(label="Hà Nội")
    page.locator("#commune option", has_text="Hoàn Kiếm").wait_for(state="attached")
    page.get_by_label("Phường, xã").select_option(label="Phường Hoàn Kiếm")
    page.get_by_label("Số nhà, đường, thôn").fill("12 Hàng Gai")


def buy(buyer: Person, *, name: str, email: str = "") -> str:
    """Order what is in the cart; returns the path of the order's page."""
    buyer.go("/checkout")
    fill_in_address(buyer, name=name, email=email)
    buyer.press(ORDER)
    buyer.page.wait_for_url("**/orders/*")
    return path(buyer)


def path(person: Person) -> str:
    """Where the person is, without host and query."""
    return person.page.url.removeprefix(person.url).split("?")[0]


def packs_to_be_had(buyer: Person) -> int:
    """How many packs of the first line in the cart could be ordered, as the cart bounds its quantity."""
    buyer.go("/cart")
    return int(buyer.main.locator(".cart-line input[type=number]").first.get_attribute("max") or 0)


def change_packs(buyer: Person, packs: int) -> None:
    """Change the quantity of the first line in the cart."""
    buyer.go("/cart")
    line = buyer.main.locator(".cart-line").first
    line.locator("input[type=number]").fill(str(packs))
    line.get_by_role("button", name=re.compile("^Đổi")).click()
    buyer.sees("Đã đổi số lượng.")
