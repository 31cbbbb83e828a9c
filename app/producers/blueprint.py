"""The one blueprint of the producers' portal; each room's view file hangs its routes on it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("portal", __name__, url_prefix="/portal")
