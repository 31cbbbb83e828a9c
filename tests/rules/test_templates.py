"""Every page keeps the rules of markup. That every template is rendered is judged in tests/rules/rendering.py."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from tests.rules import rendering
from tests.rules.reading import doubled_ids, parse, refused_by_policy, tokenless_forms, unnamed_fields
from tests.rules.rooms import furnish

TEMPLATES = sorted(rendering.TEMPLATES.rglob("*.html"))
INLINE = re.compile(
    r"""<style[\s>]|<[a-z][^<>]*?\s(?:style|on[a-z]+)\s*=|<script(?![^>]*\bsrc=)(?![^>]*ld\+json)"""
)


def name_of(path: Path) -> str:
    return path.relative_to(rendering.TEMPLATES).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_has_no_inline_style_script_or_handler(path: Path) -> None:
    """The content security policy refuses them, so a browser would drop them in silence."""
    markup = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert INLINE.findall(markup) == []


FAULTS: dict[str, Callable[[BeautifulSoup], list[str]]] = {
    "field without a name": unnamed_fields,
    "id used twice": doubled_ids,
    "refused by the policy": refused_by_policy,
    "form without its token": tokenless_forms,
}


def test_every_page_keeps_the_rules_of_markup(app: Flask, session: Session) -> None:
    house = furnish(app, session)
    found, seen = [], 0
    for rule, address in house.pages(app):
        with house.visitor(app, rule).get(address) as answer:
            if answer.mimetype != "text/html":
                continue
            assert answer.status_code < 500, address
            page = parse(answer.get_data(as_text=True))
        seen += 1
        found += [f"{address}: {fault}: {one}" for fault, look in FAULTS.items() for one in look(page)]
    assert seen > 80
    assert found == [], "\n".join(found)


def test_the_run_notes_what_is_rendered(app: Flask) -> None:
    app.test_client().get("/no/such/page")
    assert "errors/error.html" in rendering.rendered
