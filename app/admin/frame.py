"""What stands around every page of the admin's portal."""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request, url_for

from app.web.frame import NavItem, PortalHeading
from app.web.language import gettext
from app.web.pagination import Address, page_number

_SECTION_OF = {"admin.user": "admin.users", "admin.grant": "admin.users"}
"""Endpoints that have no entry of their own in the navigation."""


def page(template: str, **values: object) -> str:
    """Render a page of the portal."""
    return render_template(
        f"admin/{template}", nav=_navigation(), portal=PortalHeading(gettext("Quản trị")), **values
    )


def _navigation() -> tuple[NavItem, ...]:
    here = request.endpoint or ""
    sections = (
        ("admin.home", gettext("Hệ thống"), "settings"),
        ("admin.users", gettext("Người dùng"), "users"),
        ("admin.audit", gettext("Sổ việc đã làm"), "list"),
    )
    return tuple(
        NavItem(label, url_for(endpoint), icon, _SECTION_OF.get(here, here) == endpoint)
        for endpoint, label, icon in sections
    )


def asked_page() -> int:
    """The page of a list that the address asks for."""
    return page_number(request.args.get("page", ""))


def list_address(endpoint: str, asked: Mapping[str, str]) -> Address:
    """The address of a list with what was asked of it."""
    return Address(url_for(endpoint), tuple((name, value) for name, value in asked.items() if value))
