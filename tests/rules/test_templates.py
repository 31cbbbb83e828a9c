"""Every template says what code has decided, and every page keeps the rules of markup.

That every template is rendered is judged in tests/rules/rendering.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from tests.rules import rendering
from tests.rules.reading import (
    dead_ends,
    doubled_ids,
    landmarks_of_one_name,
    names_unlike_their_text,
    parse,
    pictures_of_nothing,
    refused_by_policy,
    sections_without_heading,
    tokenless_forms,
    unnamed_fields,
)
from tests.rules.sample_site import make_sample_site

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


LONGEST_LINE = 160
EVERY_FILE = sorted(path for path in rendering.TEMPLATES.rglob("*") if path.is_file())
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
CHANGES_A_LIST = re.compile(r"\.(?:append|extend|insert|update|setdefault|pop)\(")
ADDS_TO_ITSELF = re.compile(r"\{%-?\s*set\s+([\w.]+)\s*=\s*\1\s*[+~]")
ASKS_THE_DATABASE = re.compile(r"\b(?:session|db)\b|\.query[.(]|\.(?:execute|scalars?|get_one)\(")


def long_lines(text: str) -> list[str]:
    return [line.strip()[:60] for line in text.splitlines() if len(line) > LONGEST_LINE]


def in_tags(pattern: re.Pattern[str]) -> Callable[[str], list[str]]:
    return lambda text: [tag[:60] for tag in TAG.findall(text) if pattern.search(tag)]


DECISIONS: dict[str, Callable[[str], list[str]]] = {
    "a line over 160 characters": long_lines,
    "a list that is changed": in_tags(CHANGES_A_LIST),
    "a value that is added to itself": in_tags(ADDS_TO_ITSELF),
    "a question to the database": in_tags(ASKS_THE_DATABASE),
}
"""What a template leaves to the view model of its page."""


def decisions_of(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return [f"{kind}: {what}" for kind, look in DECISIONS.items() for what in look(text)]


@pytest.mark.parametrize("path", EVERY_FILE, ids=name_of)
def test_a_template_says_what_code_has_decided(path: Path) -> None:
    assert decisions_of(path) == []


@pytest.mark.parametrize(
    "text",
    [
        "{% set _r = rows.append(1) %}",
        "{% set ns.rows = ns.rows + [row] %}",
        "{{ session.get(1) }}",
        "{% for row in db.rows %}",
        "{{ product.query.all() }}",
        f"<p>{'x' * LONGEST_LINE}</p>",
    ],
)
def test_each_kind_of_decision_is_seen(text: str) -> None:
    assert any(look(text) for look in DECISIONS.values())


FAULTS: dict[str, Callable[[BeautifulSoup], list[str]]] = {
    "field without a name": unnamed_fields,
    "id used twice": doubled_ids,
    "refused by the policy": refused_by_policy,
    "form without its token": tokenless_forms,
    "points at nothing": dead_ends,
    "picture of nothing": pictures_of_nothing,
    "section without a heading": sections_without_heading,
    "landmarks of one name": landmarks_of_one_name,
    "name unlike its text": names_unlike_their_text,
}


def test_every_page_keeps_the_rules_of_markup(app: Flask, session: Session) -> None:
    sample = make_sample_site(app, session)
    found, seen = [], 0
    for rule, address in sample.pages(app):
        with sample.visitor(app, rule).get(address) as answer:
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
