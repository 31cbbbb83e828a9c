"""Every refusal has one sentence in both languages, every sentence a refusal, and one function leads from one to the
other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from flask import Flask
from jinja2 import nodes

from app.core.errors import Refusal
from app.factory import BOOKS
from app.web.fragments import FragmentCache
from app.web.messages import PageMessage, message_for
from tests.rules.reading import VIETNAMESE
from tests.rules.refusals import ROOT, TEXTS, Source, raised, sources

CODES = frozenset().union(*BOOKS)
TRANSLATES = frozenset({"_", "gettext", "ngettext", "lazy_gettext", "pgettext", "lazy_pgettext"})
NAMES = ["Nguồn", "QĐ-UBND", *(str(text) for texts in TEXTS.values() for text in texts if text)]
NOT_SPOKEN = re.compile("|".join(map(re.escape, NAMES)))
"""Names and samples that are the same in both languages."""


def test_every_code_raised_has_a_message_and_every_message_a_code() -> None:
    raised_at = {raising.refusal.code: raising.place for raising in raised()}
    without = {code: place for code, place in raised_at.items() if code not in CODES}
    assert without == {}, "codes without a message"
    assert CODES - raised_at.keys() == set(), "messages of codes that nothing raises"


def test_a_code_stands_in_one_book() -> None:
    twice = [code for code in CODES if sum(code in book for book in BOOKS) > 1]
    assert twice == []


def test_every_messages_module_is_one_of_the_books() -> None:
    books = [source.module.MESSAGES for source in sources() if source.path.name == "messages.py"]
    assert {id(book) for book in books} == {id(book) for book in BOOKS}


def test_every_refusal_can_be_said_in_both_languages_with_the_facts_it_has(worker_app: Flask) -> None:
    unsaid: dict[str, object] = {}
    for raising in raised():
        refusal = raising.refusal
        for label in (None, "Họ và tên"):
            try:
                vietnamese = said(worker_app, "vi", refusal, label)
                english = said(worker_app, "en", refusal, label and "Full name")
            except (KeyError, TypeError, ValueError) as error:
                unsaid[f"{raising.place} {refusal}"] = error
                continue
            if not is_sentence(vietnamese) or not is_sentence(english):
                unsaid[f"{raising.place} {refusal}"] = (vietnamese, english)
            if VIETNAMESE.search(NOT_SPOKEN.sub("", english)) or english == vietnamese:
                unsaid[f"{raising.place} {refusal}"] = english
    assert unsaid == {}


def said(app: Flask, language: str, refusal: Refusal, label: str | None) -> str:
    with app.test_request_context(f"/?lang={language}"):
        return message_for(refusal, label)


def is_sentence(text: str) -> bool:
    """It begins like one, ends, and no placeholder is left in it."""
    return (
        text[:1].isupper() | text[:1].isdigit()
        and len(text) > 8
        and "%(" not in text
        and text == text.strip()
    )


def test_titles_and_links_of_error_pages_are_in_both_languages_too(worker_app: Flask) -> None:
    own = [message for book in BOOKS for message in book.values() if isinstance(message, PageMessage)]
    assert own
    for message in own:
        with worker_app.test_request_context("/?lang=en"):
            texts = [str(message.title), *([str(message.link[0])] if message.link else [])]
        assert all(texts) and not any(VIETNAMESE.search(text) for text in texts)


def test_no_other_function_words_a_refusal() -> None:
    found = [
        f"{source.path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for source in sources()
        if source.path.relative_to(ROOT).as_posix() != "app/web/messages.py"
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef)
        if function.returns is not None and ast.unparse(function.returns) == "str"
        if any(names_a_refusal(source, argument) for argument in arguments(function))
    ]
    assert found == []


def arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def names_a_refusal(source: Source, argument: ast.arg) -> bool:
    parts = ast.walk(argument.annotation) if argument.annotation else ()
    return any(isinstance(part, ast.expr) and source.refusal_type(part) for part in parts)


def test_no_other_table_leads_from_codes_to_sentences() -> None:
    found = [
        f"{source.place(table)} {sorted(CODES & keys_with_sentences(table))}"
        for source in sources()
        if source.path.name != "messages.py"
        for table in ast.walk(source.tree)
        if isinstance(table, ast.Dict) and CODES & keys_with_sentences(table)
    ]
    assert found == []


def keys_with_sentences(table: ast.Dict) -> frozenset[object]:
    return frozenset(
        key.value
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and any(is_translated(part) for part in ast.walk(value))
    )


def is_translated(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATES


TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_no_template_words_a_refusal(path: Path) -> None:
    environment = jinja2.Environment(
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", FragmentCache], autoescape=True
    )
    tree = environment.parse(path.read_text(encoding="utf-8"))
    assert [*codes_with_sentences(tree), *codes_compared(tree)] == []


def codes_with_sentences(tree: nodes.Template) -> Iterator[str]:
    """Codes that are keys of translated texts in a dictionary of the template."""
    for pair in tree.find_all(nodes.Pair):
        if (
            isinstance(pair.key, nodes.Const)
            and pair.key.value in CODES
            and list(pair.value.find_all(nodes.Call))
        ):
            yield str(pair.key.value)


def codes_compared(tree: nodes.Template) -> Iterator[str]:
    """Codes that the `code` of something is compared with."""
    for comparison in tree.find_all(nodes.Compare):
        asked = comparison.expr
        name = asked.attr if isinstance(asked, nodes.Getattr) else getattr(asked, "name", "")
        values = [operand.expr.value for operand in comparison.ops if isinstance(operand.expr, nodes.Const)]
        if name == "code":
            yield from (str(value) for value in values if value in CODES)
