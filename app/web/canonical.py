"""The one address of a page for search engines, and its other language."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.parts import part
from app.web.language import language
from app.web.pagination import Address
from config import Settings


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Absolute addresses of one page: the canonical one in the present language, and each language's."""

    here: str
    vi: str
    en: str


def absolute(path: str) -> str:
    """The address of a path under BASE_URL; the Host header never decides what we print."""
    return f"{part(Settings).base_url}{path}"


def page_links(address: Address) -> PageLinks:
    """The canonical address of a page and its languages; Vietnamese is the one without a question."""
    plain = address.with_only("lang")
    vi, en = absolute(str(plain)), absolute(str(plain.with_only("lang", "en")))
    return PageLinks(here=en if language() == "en" else vi, vi=vi, en=en)
