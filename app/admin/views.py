"""The admin's portal: each package hangs its routes on the one blueprint when it is imported."""

from __future__ import annotations

from app.admin.audit import views as _audit  # noqa: F401 - each hangs its routes on the blueprint
from app.admin.blueprint import blueprint
from app.admin.people import views as _people  # noqa: F401
from app.admin.system import views as _system  # noqa: F401

__all__ = ["blueprint"]
