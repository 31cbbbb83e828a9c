"""The one blueprint of the shop's pages.

The views of storefront and buying each hang their routes on it, so that every endpoint of the shop is `shop.…`; the
factory imports them all and then registers it once.
"""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("shop", __name__)
