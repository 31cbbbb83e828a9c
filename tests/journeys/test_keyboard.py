"""The pages by keyboard alone."""

from __future__ import annotations

import pytest

from tests.journeys.person import DESK, Meet, Person

pytestmark = pytest.mark.browser


def focused(person: Person) -> str:
    """What has the focus: its tag, its id, and what it is called."""
    found: str = person.page.evaluate(
        "() => { const e = document.activeElement;"
        " return [e.tagName, e.id, e.getAttribute('aria-label') || e.textContent.trim().slice(0, 40)].join(' ') }"
    )
    return found


def tab_until(person: Person, wanted: str, most: int = 60) -> None:
    """Press Tab until the thing of this tag, id or name has the focus."""
    for _ in range(most):
        person.page.keyboard.press("Tab")
        if wanted in focused(person):
            return
    raise AssertionError(f"{wanted!r} is not reached by {most} tabs; at the end: {focused(person)}")


def test_the_first_tab_offers_to_skip_to_the_matter(meet: Meet) -> None:
    person = meet(width=DESK)
    person.go("/products")
    person.page.keyboard.press("Tab")
    assert "Đến nội dung" in focused(person)
    assert person.page.locator("a.skip").bounding_box() is not None
    person.page.keyboard.press("Enter")
    assert focused(person).startswith("MAIN main")


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(meet: Meet) -> None:
    person = meet()
    person.go("/")
    tab_until(person, "Danh mục")
    person.page.keyboard.press("Enter")
    drawer = person.page.locator(".top-drawer")
    assert drawer.is_visible()
    tab_until(person, "Tra tem")
    person.page.keyboard.press("Escape")
    assert not drawer.is_visible()
    assert "Danh mục" in focused(person), "the focus goes back to where it came from"


def test_a_filter_is_reached_and_set_by_keyboard(meet: Meet) -> None:
    person = meet(width=DESK)
    person.go("/products")
    every = int(person.main.get_attribute("data-total") or 0)
    box = person.main.locator("input[name=stars][value='5']")
    for _ in range(60):
        person.page.keyboard.press("Tab")
        if box.evaluate("(box) => box === document.activeElement"):
            break
    ring = box.evaluate(
        "(box) => [box, box.parentElement].some((e) => { const s = getComputedStyle(e);"
        " return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 })"
    )
    assert ring, "the focus is seen"
    with person.page.expect_navigation():
        person.page.keyboard.press("Space")
    assert 0 < int(person.main.get_attribute("data-total") or 0) < every
    assert person.main.locator("input[type=checkbox][name=stars][value='5']").is_checked()


def test_goods_go_into_the_cart_by_keyboard(meet: Meet) -> None:
    person = meet(width=DESK)
    person.go("/products/mat-ong-van-tien")
    tab_until(person, "BUTTON  Thêm vào giỏ")
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")
    person.sees("Giỏ hàng", "Mật ong Van Tien")
