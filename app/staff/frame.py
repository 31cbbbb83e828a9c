"""What stands around every page of the staff's rooms."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext

from app.accounts.access import member
from app.web.frame import NavItem, PortalHeading


def staff_frame() -> dict[str, object]:
    """The side list and whose room it is."""
    here = request.endpoint or ""
    nav = [
        NavItem(
            gettext("Phiên chợ"),
            url_for("staff.home"),
            "tent",
            here not in ("staff.new_fair", "staff.make_fair"),
        ),
        NavItem(
            gettext("Mở phiên chợ"),
            url_for("staff.new_fair"),
            "plus",
            here in ("staff.new_fair", "staff.make_fair"),
        ),
        NavItem(gettext("Trang khách xem"), url_for("promotion.index"), "eye", False),
    ]
    return {"nav": nav, "portal": PortalHeading(gettext("Xúc tiến thương mại"), member().name)}
