"""The blueprint of the officers' portal, on which its packages hang their routes."""

from flask import Blueprint

blueprint = Blueprint("programme", __name__, url_prefix="/programme")
