"""The page that shows every component with sample data, for those who write pages."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.admin import styleguide_samples

blueprint = Blueprint("styleguide", __name__)


def _page_address(page: int) -> str:
    return f"?page={page}"


@blueprint.get("/styleguide")
def index() -> str:
    """Every component once, in the language and theme of the reader."""
    return render_template(
        "admin/styleguide.html", s=styleguide_samples.samples(), page_address=_page_address
    )
