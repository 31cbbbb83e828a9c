"""What search engines and messengers read of a page, and what pages of the shop have in common."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from app.web.canonical import PageLinks
from app.web.components import Action, Crumb, EmptyState
from app.web.language import gettext
from app.web.pagination import Address, Pages


@dataclass(frozen=True, slots=True)
class Head:
    """Title and description of a page, its addresses, and whether search engines may list it."""

    title: str
    description: str
    links: PageLinks
    indexed: bool = True


def home_crumb() -> Crumb:
    """The first step of every page's breadcrumbs."""
    return Crumb(gettext("Trang đầu"), url_for("shop.home"))


def beyond_last_page(pages: Pages, address: Address, text: str = "", *, first: bool = False) -> EmptyState:
    """Where a list has fewer pages than asked for; `first` offers the way to its first page, too."""
    actions = [Action(gettext("Tới trang cuối"), address.page(pages.last), "main")]
    if first:
        actions.append(Action(gettext("Về trang 1"), address.page(1)))
    return EmptyState(gettext("Danh sách chỉ đến trang %(n)s", n=pages.last), text, tuple(actions))


def heading_of_page(heading: str, page: int) -> str:
    """The title of a page of a list: from the second on it says its number."""
    number = gettext("trang %(n)s", n=page)
    return heading if page == 1 else f"{heading}, {number}"
