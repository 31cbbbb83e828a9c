"""English is complete, and nobody meets a Vietnamese sentence in an English page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Catalog, Message
from flask import Flask
from flask_babel import ngettext
from jinja2 import nodes
from sqlalchemy.orm import Session

from app.web.fragments import FragmentCache
from scripts import translations
from tests.rules.reading import SPOKEN, VIETNAMESE, parse, said
from tests.rules.sample_site import make_sample_site, words_of_the_data

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html")) + sorted((ROOT / "templates").rglob("*.txt"))
GETTEXT = frozenset({"_", "gettext", "ngettext", "pgettext", "npgettext"})
NOT_SENTENCES = ("admin/styleguide.html", "shop/storefront/robots.txt", "components/language_switch.html")
"""Pieces filled with sample data, an answer for programs, and the names of the languages in themselves."""

NAMES = re.compile(r"\b(?:OCOP|Nguồn|GTIN|GeoJSON|GET|API|QR|GS1|SHA-256|7K4M 9XQ2 T0RB H5WE)\b|%")
"""What a template may say outside gettext."""

WITHIN_A_TAG = re.compile(r"\{%-?\s*block (?:main_attrs|body_class)\b.*?endblock\s*-?%\}", re.DOTALL)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
TAG = re.compile(r"<!--.*?-->|<(?:\"[^\"]*\"|'[^']*'|[^'\">])*>", re.DOTALL)
ATTRIBUTE = re.compile(rf"\b(?:{'|'.join(SPOKEN)})=(?:\"([^\"]*)\"|'([^']*)')")


@pytest.fixture(scope="module")
def strings() -> Catalog:
    """The strings of the code as it stands now."""
    return translations.strings_of_the_code()


def texts_of(message: Message) -> list[str]:
    """The translation of a message: one text, or one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_string_is_translated(strings: Catalog, language: str) -> None:
    """None is missing, fuzzy or malformed; `make translations` takes new ones from the code."""
    assert translations.faults(language, strings) == []


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_placeholders_agree(language: str) -> None:
    wrong = []
    for message in translations.read(language):
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = texts_of(message)
        wanted = set(PLACEHOLDER.findall(" ".join(ids)))
        for n, text in enumerate(texts):
            # A singular may leave the number out: "one order" needs no figure.
            spare = {"num"} if len(texts) > 1 and n == 0 else set()
            given = set(PLACEHOLDER.findall(text))
            if not wanted - spare <= given <= wanted or re.search(r"%(?![(%])", text):
                wrong.append((ids[0], text))
    assert wrong == []


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_a_translation_keeps_the_space_around_it(language: str) -> None:
    wrong = [
        message.id
        for message in translations.read(language)
        if isinstance(message.id, str)
        and message.id
        and isinstance(message.string, str)
        and (message.id[:1].isspace(), message.id[-1:].isspace())
        != (message.string[:1].isspace(), message.string[-1:].isspace())
    ]
    assert wrong == []


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATES if not name_of(path).startswith(NOT_SENTENCES)], ids=name_of
)
def test_a_template_says_nothing_outside_gettext(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    environment = jinja2.Environment(
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", FragmentCache], autoescape=True
    )
    assert [*bare_words(environment, source), *bare_constants(environment.parse(source))] == []


def bare_words(environment: jinja2.Environment, source: str) -> Iterator[str]:
    """Words of the markup between tags and in the attributes that people read or hear."""
    # What Jinja puts in is one sign that is no letter, so that tags stay whole.
    markup = "".join(
        text if kind == "data" else "\0" for _, kind, text in environment.lex(WITHIN_A_TAG.sub("", source))
    )
    markup = re.sub(r"\0+", "\0", markup)
    readable = [TAG.sub("\0", re.sub(r"<(script|style)\b.*?</\1>", "\0", markup, flags=re.DOTALL))]
    readable += ["".join(value) for value in ATTRIBUTE.findall(markup)]
    for text in readable:
        yield from re.findall(r"[^\W\d_][^\W_]*", NAMES.sub("", text))


def bare_constants(tree: nodes.Node) -> Iterator[str]:
    """Strings with Vietnamese letters in Jinja's own expressions that do not pass through gettext."""
    if isinstance(tree, nodes.Call) and isinstance(tree.node, nodes.Name) and tree.node.name in GETTEXT:
        for given in (*tree.args[2:], *tree.kwargs):
            yield from bare_constants(given)
        return
    if isinstance(tree, nodes.Const) and isinstance(tree.value, str) and VIETNAMESE.search(tree.value):
        yield tree.value
    for child in tree.iter_child_nodes():
        yield from bare_constants(child)


CALLS = frozenset(GETTEXT | {"lazy_gettext", "lazy_ngettext", "lazy_pgettext"})
PYTHON = sorted((ROOT / "app").rglob("*.py"))


def test_every_call_of_gettext_is_seen_by_the_extraction(strings: Catalog) -> None:
    """A call inside an f-string, or one with a variable, would never be translated."""
    unseen = []
    for path in PYTHON:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or _name(call.func) not in CALLS:
                continue
            words = [str(arg.value) if isinstance(arg, ast.Constant) else "" for arg in call.args]
            context = words.pop(0) if "pgettext" in _name(call.func) else None
            if not words or not words[0] or strings.get(words[0], context) is None:
                unseen.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert unseen == []


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


@pytest.mark.parametrize(
    ("lang", "one", "many"), [("vi", "1 sao", "4 sao"), ("en", "1 star", "4 stars")], ids=["vi", "en"]
)
def test_counts_agree_with_their_number(worker_app: Flask, lang: str, one: str, many: str) -> None:
    """Vietnamese has no plural and needs no catalogue; English has both forms."""
    with worker_app.test_request_context(f"/?lang={lang}"):
        said = [ngettext("%(num)s sao", "%(num)s sao", n) for n in (1, 4)]
        shown = worker_app.jinja_env.from_string('{{ ngettext("%(num)s sao", "%(num)s sao", n) }}')
        assert [*said, shown.render(n=1), shown.render(n=4)] == [one, many, one, many]


def test_a_word_that_means_two_things_is_told_apart(worker_app: Flask) -> None:
    with worker_app.test_request_context("/?lang=en"):
        shown = worker_app.jinja_env.from_string('{{ _("Cơ sở") }}, {{ pgettext("one", "Cơ sở") }}')
        assert shown.render() == "Producers, Producer"


def test_no_page_in_english_speaks_vietnamese(app: Flask, session: Session) -> None:
    """Walks every page as whoever may see it. Data stays as it is: names, places, notes, words of the source."""
    sample = make_sample_site(app, session)
    is_data = data_words(session)
    meant = {text for message in translations.read("en") for text in texts_of(message)}
    found: dict[str, str] = {}
    for rule, address in sample.pages(app):
        if address.startswith("/styleguide"):
            continue
        with sample.visitor(app, rule).get(f"{address}{'&' if '?' in address else '?'}lang=en") as answer:
            if answer.mimetype != "text/html":
                continue
            page = parse(answer.get_data(as_text=True))
        assert answer.status_code < 500, address
        assert page.html is None or page.html["lang"] == "en", address
        for text in map(str.strip, said(page)):
            if text not in meant and VIETNAMESE.search(text) and VIETNAMESE.search(is_data.sub("", text)):
                found.setdefault(" ".join(text.split()), f"{rule} {address}")
    assert found == {}, "\n".join(f"{where}: {words}" for words, where in found.items())


def data_words(session: Session) -> re.Pattern[str]:
    """What pages show of the data, and the few names that are the same in every language."""
    known = [*words_of_the_data(session), "Nguồn", "Tiếng Việt", "Hoàng Sa", "Trường Sa", "hộp", "chè"]
    return re.compile("|".join(map(re.escape, known)), re.IGNORECASE)
