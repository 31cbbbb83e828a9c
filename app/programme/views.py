"""The officers' portal: each package hangs its routes on the one blueprint when it is imported."""

from __future__ import annotations

from app.programme.alcohol import views as _alcohol  # noqa: F401 - it hangs its routes on the blueprint
from app.programme.blueprint import blueprint
from app.programme.register import certificate_views as _certificates  # noqa: F401
from app.programme.register import views as _register  # noqa: F401
from app.programme.targets import views as _targets  # noqa: F401

__all__ = ["blueprint"]
