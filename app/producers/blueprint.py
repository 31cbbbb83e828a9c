"""The one blueprint of the producers' portal; the views of each section hang their routes on it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("portal", __name__, url_prefix="/portal")
