"""What a page says to people: its words, its fields and their names, as a browser would have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

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


POINTING: Final = (
    "for",
    "list",
    "form",
    "headers",
    "aria-controls",
    "aria-describedby",
    "aria-labelledby",
    "aria-owns",
)
"""Attributes whose words are ids of the same page."""


def dead_ends(page: BeautifulSoup) -> list[str]:
    """Links and attributes that point at an id which the page does not have."""
    ids = {str(tag["id"]) for tag in page.find_all(id=True)}
    found = [
        f"{tag.name} {name}={one}"
        for tag in page.find_all(True)
        for name in POINTING
        for one in _words(tag.get(name))
        if one not in ids
    ]
    links = (str(link["href"]) for link in page.find_all("a", href=re.compile("^#")))
    return found + [link for link in links if unquote(link[1:]) not in ids]


def _words(value: object) -> list[str]:
    return value if isinstance(value, list) else str(value or "").split()


def pictures_of_nothing(page: BeautifulSoup) -> list[str]:
    """Pictures without an address: the HTML standard has none."""
    return [
        str(image)[:160] for image in page.find_all("img") if not image.get("src") and not image.get("srcset")
    ]


def sections_without_heading(page: BeautifulSoup) -> list[str]:
    """Sections that nobody can jump to, with neither heading nor name; such a part is a `div`."""
    heading = re.compile("^h[1-6]$")
    return [
        str(section)[:160]
        for section in page.find_all("section")
        if section.find(heading) is None and not _label(page, section)
    ]


def landmarks_of_one_name(page: BeautifulSoup) -> list[str]:
    """Landmarks of one kind that who lists them cannot tell apart; what a closed `details` holds is not listed."""
    seen: list[tuple[str, str]] = []
    for tag in page.find_all(["nav", "search", "form", "aside"]):
        kind = str(tag.get("role") or tag.name)
        if (kind != "form" or tag.get("aria-label")) and tag.find_parent("details") is None:
            seen.append((kind, _label(page, tag)))
    return [f"{kind} “{name}”" for kind, name in sorted(set(seen)) if seen.count((kind, name)) > 1]


def _label(page: BeautifulSoup, tag: Tag) -> str:
    named = (page.find(id=one) for one in _words(tag.get("aria-labelledby")))
    return str(tag.get("aria-label") or " ".join(one.get_text(" ", strip=True) for one in named if one))


def names_unlike_their_text(page: BeautifulSoup) -> list[str]:
    """Links and buttons whose name does not hold what stands on them, for who speaks what they read (WCAG 2.5.3)."""
    found = []
    for tag in page.find_all(["a", "button"]):
        name = " ".join(str(tag.get("aria-label") or "").split()).lower()
        text = " ".join(_shown(tag).split()).lower()
        if name and text not in name:
            found.append(f"{tag.name} “{name}”: “{text}”")
    return found


def _shown(tag: Tag) -> str:
    return " ".join(
        str(part)
        for part in tag.find_all(string=True)
        if not any(
            isinstance(one, Tag) and (one.get("aria-hidden") == "true" or "sr" in _words(one.get("class")))
            for one in part.parents
        )
    )
