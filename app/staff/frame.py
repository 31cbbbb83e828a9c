"""What stands around every page of the staff's portal."""

from __future__ import annotations

from flask import render_template, request, url_for

from app.accounts.access import member
from app.web.frame import NavItem, PortalHeading
from app.web.language import gettext

_NEW = ("staff.new_fair", "staff.make_fair")


def page(template: str, **values: object) -> str:
    """Render a page of the portal."""
    return render_template(
        f"staff/{template}",
        nav=_navigation(),
        portal=PortalHeading(gettext("Xúc tiến thương mại"), member().name),
        **values,
    )


def _navigation() -> tuple[NavItem, ...]:
    new = request.endpoint in _NEW
    return (
        NavItem(gettext("Phiên chợ"), url_for("staff.home"), "tent", not new),
        NavItem(gettext("Mở phiên chợ"), url_for("staff.new_fair"), "plus", new),
        NavItem(gettext("Trang khách xem"), url_for("promotion.index"), "eye", False),
    )
