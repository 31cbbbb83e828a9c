"""Fragments of pages that are drawn once."""

from __future__ import annotations

from flask import Flask, render_template_string

from tests.factories.client import Visitor

FRAGMENT = "{% cache name %}{{ count() }} {{ _('Sản phẩm') }} {{ name }}{% endcache %}"


def test_a_fragment_is_drawn_once_for_each_key_and_language(app: Flask) -> None:
    drawn: list[str] = []

    def count() -> int:
        drawn.append("")
        return len(drawn)

    def page(name: str, language: str = "vi") -> str:
        with app.test_request_context(f"/?lang={language}"):
            return render_template_string(FRAGMENT, name=name, count=count)

    assert page("một") == page("một") == "1 Sản phẩm một"
    assert page("hai") == "2 Sản phẩm hai"
    assert page("một", "en") == "3 Products một"
    assert page("một") == "1 Sản phẩm một"


def test_what_people_wrote_is_escaped_in_a_fragment_once(app: Flask) -> None:
    with app.test_request_context():
        for _ in range(2):
            shown = render_template_string("{% cache name %}<b>{{ name }}</b>{% endcache %}", name="a & b")
            assert shown == "<b>a &amp; b</b>"


def test_bars_follow_the_language_and_the_place_of_the_page(client: Visitor) -> None:
    vietnamese, english = client.get("/products").text, client.get("/products?lang=en").text
    assert '<a href="/products" aria-current="page">Sản phẩm</a>' in vietnamese
    assert '<a href="/products" aria-current="page">Products</a>' in english
    assert '<a href="/products">Products</a>' in client.get("/producers").text
