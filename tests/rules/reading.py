"""What a page says to people: its words, its fields and their names, as a browser would have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Declaration, Doctype, NavigableString

SPOKEN: Final = ("alt", "aria-label", "placeholder", "title", "data-confirm", "data-label")
"""Attributes whose value is read out or shown."""

VIETNAMESE: Final = re.compile(r"[À-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]")
"""A letter that Vietnamese has and English has not."""


def parse(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def said(page: BeautifulSoup) -> Iterator[str]:
    """Every piece of text of a page that people read or hear, except what is marked as Vietnamese."""
    for node in page.descendants:
        if isinstance(node, Tag):
            if not _is_vietnamese(node):
                yield from (str(node[name]) for name in SPOKEN if node.get(name))
                if node.name == "meta" and node.get("name") == "description":
                    yield str(node.get("content", ""))
                if node.name == "input" and node.get("type") in ("submit", "button"):
                    yield str(node.get("value", ""))
        elif isinstance(node, NavigableString) and not isinstance(node, Comment | Doctype | Declaration):
            parent = node.parent
            if parent is not None and parent.name not in ("script", "style") and not _is_vietnamese(parent):
                yield str(node)


def _is_vietnamese(tag: Tag) -> bool:
    """Whether the nearest `lang` below the page's own says Vietnamese: the switch to the other language."""
    for one in (tag, *tag.parents):
        if one.name == "html":
            return False
        if one.get("lang"):
            return one["lang"] == "vi"
    return False


def unnamed_fields(page: BeautifulSoup) -> list[str]:
    """Fields that nothing names: no label, no aria-label, no aria-labelledby."""
    labelled = {str(label["for"]) for label in page.find_all("label") if label.get("for")}
    return [
        str(field)[:160]
        for field in page.find_all(["input", "select", "textarea"])
        if field.get("type") not in ("hidden", "submit", "button", "image")
        and not field.has_attr("hidden")
        and field.get("id") not in labelled
        and not field.get("aria-label")
        and not field.get("aria-labelledby")
        and field.find_parent("label") is None
    ]


def doubled_ids(page: BeautifulSoup) -> list[str]:
    """Ids that stand twice: a label or an error would point at the wrong one."""
    ids = [str(tag["id"]) for tag in page.find_all(id=True)]
    return sorted({one for one in ids if ids.count(one) > 1})


def refused_by_policy(page: BeautifulSoup) -> list[str]:
    """What the content security policy would refuse: inline style, script, handler; a request to another host."""
    found = []
    for tag in page.find_all(True):
        found += [f"{tag.name} {name}" for name in tag.attrs if name == "style" or name.startswith("on")]
        if tag.name == "style":
            found.append("style element")
        if tag.name == "script" and not tag.get("src") and tag.get("type") != "application/ld+json":
            found.append("inline script")
        if tag.name in ("script", "img", "source", "iframe", "use") or (
            tag.name == "link" and "stylesheet" in (tag.get("rel") or [])
        ):
            address = str(tag.get("src") or tag.get("href") or "")
            if re.match(r"(?:[a-z]+:)?//", address, re.IGNORECASE):
                found.append(f"{tag.name} {address}")
    return found


def tokenless_forms(page: BeautifulSoup) -> list[str]:
    """Forms that POST without the token."""
    return [
        str(form.get("action"))
        for form in page.find_all("form")
        if str(form.get("method", "")).lower() == "post" and not form.find("input", {"name": "csrf_token"})
    ]
