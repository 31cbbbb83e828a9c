"""The blueprint of the admin's portal, on which its packages hang their routes."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
