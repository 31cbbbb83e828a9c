"""What search engines read: schema.org descriptions as JSON-LD. They say what the page says and nothing more.

A star is named only while it may be drawn, an offer only while the goods can be bought, and nobody's rating is made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.certification.standing import Standing
from app.core.text import nfc
from app.shop.storefront.producers import ProducerPage
from app.shop.storefront.product import ProductPage

Json = dict[str, Any]
CONTEXT = "https://schema.org"


def product_json(page: ProductPage, *, address: str, images: Sequence[str], description: str) -> Json:
    """A schema.org Product. `address` and `images` are absolute; prices in VND."""
    facts = page.facts
    said: Json = {
        "@context": CONTEXT,
        "@type": "Product",
        "@id": f"{address}#product",
        "url": address,
        "name": nfc(facts.name),
        "description": description,
        "image": list(images),
        "countryOfOrigin": {"@type": "Country", "name": "VN"},
    }
    if page.group:
        said["category"] = page.group.name_vi
    if facts.producer:
        producer = {"@type": "Organization", "name": facts.producer.name}
        said |= {"manufacturer": producer, "brand": {"@type": "Brand", "name": facts.producer.name}}
    if certification := certification_json(page.standing):
        said["hasCertification"] = certification
    if page.refusal is None:
        offers = [_offer(page, number, address) for number, offer in enumerate(page.offers) if offer.batch]
        said["offers"] = offers[0] if len(offers) == 1 else offers
    gtins = [o.variant.gtin for o in page.offers if o.variant.gtin and not o.variant.demonstration_gtin]
    if len(gtins) == 1:
        said["gtin"] = gtins[0]
    return said


def _offer(page: ProductPage, number: int, address: str) -> Json:
    offer, producer = page.offers[number], page.facts.producer
    assert producer is not None  # what nobody makes is refused
    return {
        "@type": "Offer",
        "url": f"{address}?pack={offer.variant.public_id}",
        "name": offer.variant.pack,
        "price": offer.variant.price,
        "priceCurrency": "VND",
        "availability": f"{CONTEXT}/InStock",
        "itemCondition": f"{CONTEXT}/NewCondition",
        "seller": {"@type": "Organization", "name": producer.name},
    }


def certification_json(standing: Standing) -> Json | None:
    """The OCOP rank as a schema.org Certification; None when no star may be drawn today."""
    if not standing.drawn_stars:
        return None
    said: Json = {
        "@type": "Certification",
        "name": f"OCOP {standing.drawn_stars} sao",
        "certificationRating": {
            "@type": "Rating",
            "ratingValue": standing.drawn_stars,
            "bestRating": 5,
            "worstRating": 3,
        },
        "issuedBy": {"@type": "GovernmentOrganization", "name": "Chương trình Mỗi xã một sản phẩm (OCOP)"},
    }
    if standing.in_force:
        said["certificationStatus"] = f"{CONTEXT}/CertificationActive"
    if standing.decision_number:
        said["certificationIdentification"] = standing.decision_number
    if standing.issued_on:
        said["validFrom"] = standing.issued_on.isoformat()
    if standing.in_force and standing.until:
        said["expires"] = standing.until.isoformat()
    return said


def producer_json(page: ProducerPage, *, address: str) -> Json:
    """A schema.org Organization with the place as it is called today."""
    facts = page.facts
    said: Json = {
        "@context": CONTEXT,
        "@type": "Organization",
        "@id": f"{address}#producer",
        "url": address,
        "name": nfc(facts.name),
        "address": {
            "@type": "PostalAddress",
            "addressCountry": "VN",
            "addressRegion": page.place.province_now.short_name,
        },
    }
    if page.place.commune_now:
        said["address"]["addressLocality"] = page.place.commune_now.label
    return said


def breadcrumbs_json(items: Sequence[tuple[str, str]]) -> Json:
    """A schema.org BreadcrumbList of (name, absolute address)."""
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "name": name, "item": address}
            for n, (name, address) in enumerate(items, start=1)
        ],
    }


def site_json(*, home: str, listing: str) -> Json:
    """A schema.org WebSite with its search, for the home page."""
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "url": home,
        "name": "Nguồn",
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{listing}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }
