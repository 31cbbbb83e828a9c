"""Every table, imported once, for the migrations and the factory."""

from app.accounts import models as accounts
from app.catalogue import models as catalogue
from app.certification import models as certification
from app.core import audit, db, outbox, stores
from app.events import models as events
from app.geography import models as geography
from app.listing.search import tables as search
from app.orders import models as orders
from app.promotion import models as promotion
from app.supply import models as supply
from app.trace.scans import models as scans
from app.trace.stamps import models as stamps

__all__ = [
    "accounts",
    "audit",
    "catalogue",
    "certification",
    "db",
    "events",
    "geography",
    "orders",
    "outbox",
    "promotion",
    "scans",
    "search",
    "stamps",
    "stores",
    "supply",
]
