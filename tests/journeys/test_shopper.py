"""Finding, buying, and being too late for the last pack."""

from __future__ import annotations

import re

import pytest

from tests.journeys.person import Meet, Person
from tests.journeys.shopping import (
    ORDER,
    buy,
    change_packs,
    fill_in_address,
    packs_to_be_had,
    path,
    put_in_cart,
)
from tests.journeys.site import LiveSite

pytestmark = pytest.mark.browser


def total(shopper: Person) -> int:
    """What the listing says it holds."""
    return int(shopper.main.get_attribute("data-total") or -1)


def tick(shopper: Person, name: str) -> None:
    """Tick a box of the filters; the list comes anew by itself."""
    filters = shopper.main.locator("details.filters")
    if filters.get_attribute("open") is None:
        filters.locator("summary").first.click()
    with shopper.page.expect_navigation():
        shopper.main.locator(".facet-option", has_text=re.compile(rf"^\s*{name}")).locator("input").check()


def test_honey_of_hoa_binh_is_found_without_accents_and_narrowed_to_what_can_be_bought(meet: Meet) -> None:
    """Journey 5: the former province by its plain letters, then stars, cooperative, in stock, and the goods."""
    shopper = meet()
    shopper.go("/")
    shopper.main.get_by_role("searchbox").fill("mat ong hoa binh")
    shopper.press("Tìm")
    assert total(shopper) >= 4
    shopper.sees("Mật ong Van Tien", "Hòa Bình, nay thuộc Phú Thọ")
    every = total(shopper)

    tick(shopper, "3 sao")
    tick(shopper, "Hợp tác xã")
    tick(shopper, "Còn hàng")
    assert 0 < total(shopper) < every
    cards = shopper.main.locator("article[data-product]")
    assert cards.count() == total(shopper)
    for card in cards.all():
        assert card.get_attribute("data-stars") == "3"
        assert card.get_attribute("data-standing") in ("in-force", "unconfirmed")

    shopper.follow("Mật ong Van Tien")
    shopper.sees("HTX nuôi ong Van Tien", "Hợp tác xã", "3 sao, chưa rõ hạn")
    shopper.sees("Vùng nguyên liệu TP Hòa Bình", "nay thuộc Phú Thọ")
    shopper.sees("Lô đang bán: 2610-02", "Ngày làm 21/10/2026", "Hạn dùng 13/04/2028")
    shopper.follow(re.compile("Xem đường đi của lô này"))
    shopper.sees("Lô 2610-02", "Từ vùng nguyên liệu đến tay bạn")


def test_unknown_conditions_are_dropped_and_said(meet: Meet) -> None:
    shopper = meet()
    shopper.go("/products?province=atlantis&stars=9&sort=luck&page=x")
    assert total(shopper) > 500
    shopper.sees("Bỏ qua điều kiện không có", "atlantis", "9")
    shopper.go("/products?page=99")
    shopper.sees("Tới trang cuối")


def test_a_guest_buys_from_two_producers_and_reads_where_the_goods_come_from(
    site: LiveSite, meet: Meet
) -> None:
    """Cash on delivery, one order group, a parcel per producer, a mail, and the way back to each batch."""
    buyer = meet()
    put_in_cart(buyer, "mat-ong-thanh-an", 2)
    put_in_cart(buyer, "mien-dong-tai-hoan")
    buyer.sees("3 món, 2 kiện", "HTX Tài Hoan", "sẽ gửi lô")
    buyer.follow("Đặt hàng")
    fill_in_address(buyer, name="Trần Thị Mai", email="mai@buyer.example")
    buyer.press(ORDER)
    buyer.page.wait_for_url("**/orders/*")
    order = path(buyer)
    buyer.sees("2 kiện", "Trần Thị Mai", "Hoàn Kiếm", "2 × Hũ 500 g")
    assert "0912 345 678" not in buyer.words, "whoever has the link does not get the telephone number"
    assert buyer.main.locator("[data-order-state=placed]").count() == 2

    buyer.follow(re.compile(r"^lô 2610-02$"))
    buyer.sees("Lô 2610-02", "Từ vùng nguyên liệu đến tay bạn")

    letter = site.letter("mai@buyer.example", "Đã nhận đơn hàng")
    body = letter.get_body()
    assert body is not None
    text = body.get_content()
    assert f"{site.url}{order}" in text
    assert "Mật ong Thành An" in text and "Miến dong Tài Hoan" in text

    friend = meet()
    friend.go(order)
    friend.sees("Mật ong Thành An")


def test_a_double_click_makes_one_order(meet: Meet) -> None:
    buyer = meet()
    put_in_cart(buyer, "mat-ong-pa-u", 3)
    before = packs_to_be_had(buyer)
    buyer.go("/checkout")
    fill_in_address(buyer, name="Lê Văn Nhanh")
    buyer.main.get_by_role("button", name=ORDER).dblclick()
    buyer.page.wait_for_url("**/orders/*")

    put_in_cart(buyer, "mat-ong-pa-u")
    assert packs_to_be_had(buyer) == before - 3


def test_without_scripts_an_order_is_placed_all_the_same(meet: Meet) -> None:
    """The province's communes come by a button; a wrong telephone number is told at its field."""
    buyer = meet(scripts=False)
    put_in_cart(buyer, "mat-ong-hai-hoan-vang-san")
    buyer.follow("Đặt hàng")
    page = buyer.page
    page.get_by_label("Họ và tên").fill("Phạm Không Mã")
    page.get_by_label("Số điện thoại").fill("12")
    page.get_by_label("Tỉnh, thành").select_option(label="Hà Nội")
    buyer.press("Lấy danh sách phường, xã")
    page.get_by_label("Phường, xã").select_option(label="Phường Hoàn Kiếm")
    page.get_by_label("Số nhà, đường, thôn").fill("12 Hàng Gai")
    buyer.press(ORDER)
    wrong = page.get_by_label("Số điện thoại")
    assert wrong.get_attribute("aria-invalid") == "true"
    buyer.sees("Số này có 2 chữ số. Số di động có 10, như 0912 345 678; số bàn có 11.")
    wrong.fill("0912345678")
    buyer.press(ORDER)
    assert path(buyer).startswith("/orders/")


def test_a_guest_cart_comes_along_at_log_in(meet: Meet) -> None:
    """What was chosen as a guest and what lay in the member's cart become one cart."""
    member = meet()
    member.log_in("nguoimua@demo.nguon.example")
    put_in_cart(member, "giam-mat-hoa-dua")

    guest = meet()
    put_in_cart(guest, "mat-ong-thanh-hao", 2)
    guest.log_in("nguoimua@demo.nguon.example")
    guest.go("/cart")
    guest.sees("Giấm mật hoa dừa", "Mật ong Thanh Hảo", "3 món, 2 kiện")

    member.go("/cart")
    member.sees("Mật ong Thanh Hảo", "3 món")


def test_two_want_the_last_pack_and_one_gets_it(meet: Meet) -> None:
    """Journey 7: the other is told at once, keeps cart and address, and is shown something near to it."""
    slug = "che-shan-tuyet-pa-co"
    wholesaler = meet()
    put_in_cart(wholesaler, slug)
    change_packs(wholesaler, packs_to_be_had(wholesaler) - 1)
    buy(wholesaler, name="Đại lý Trà")

    first, second = meet(), meet()
    for buyer, name in ((first, "Người Nhanh"), (second, "Người Chậm")):
        put_in_cart(buyer, slug)
        buyer.go("/checkout")
        fill_in_address(buyer, name=name)
    first.press(ORDER)
    first.page.wait_for_url("**/orders/*")

    second.press(ORDER)
    second.sees("Có món chưa đặt được.", "Giỏ hàng và địa chỉ của bạn vẫn còn nguyên.", "Đã hết hàng.")
    second.sees("Gần giống, đang còn hàng:")
    assert second.page.get_by_label("Họ và tên").input_value() == "Người Chậm"
    near = second.main.locator(".notice a[href*='/products/']").first
    second.go(str(near.get_attribute("href")))
    assert second.page.locator("#buy").count() == 1, "what is near to it can be bought"
