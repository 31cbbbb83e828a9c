"""Every table, imported once, for the migrations and the factory."""

from app.accounts import models as accounts
from app.catalogue import models as catalogue
from app.catalogue.search import tables as search
from app.certification import models as certification
from app.core import audit, db, outbox
from app.geography import models as geography
from app.promotion import models as promotion
from app.shop import models as shop
from app.supply import models as supply
from app.trace import models as trace

__all__ = [
    "accounts",
    "audit",
    "catalogue",
    "certification",
    "db",
    "geography",
    "outbox",
    "promotion",
    "search",
    "shop",
    "supply",
    "trace",
]
