"""What templates ask the trace room: pictures, the small map's dots, the story as JSON-LD."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from markupsafe import Markup

from app.catalogue.plates import plate_for
from app.geography.maps import vietnam_map
from app.trace.pages.story import ProductStory
from app.web.media import photo_url


def picture_of(story: ProductStory) -> str:
    """The address of the goods' photo, else of their drawn plate."""
    if story.photo is not None:
        return photo_url(story.photo.key, 240)
    return plate_for(
        story.name, story.group, story.product_set, story.place.province_now.short_name, story.slug
    )


def product_ld(story: ProductStory) -> Markup:
    """The goods as schema.org data: what they are, who makes them, which batch; never an offer or an ended star."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "IndividualProduct",
        "name": story.name,
        "size": story.pack,
        "countryOfOrigin": {"@type": "Country", "name": "Việt Nam"},
        "manufacturer": {"@type": "Organization", "name": story.producer_name},
    }
    if story.gtin:
        data["gtin14"] = story.gtin
    if story.batch is not None:
        data["productionDate"] = story.batch.made_on.isoformat()
        data["additionalProperty"] = [
            {"@type": "PropertyValue", "propertyID": "lot", "value": story.batch.code},
        ]
    if story.standing.drawn_stars:
        award = f"OCOP {story.standing.drawn_stars} sao"
        data["award"] = award + (
            f" đến {story.standing.until:%d/%m/%Y}" if story.standing.until else ", chưa rõ hạn"
        )
    # "<" cannot close the element early when it is written as an escape.
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704 - escaped above


def register_presentation(app: Flask) -> None:
    """Give the templates their words for this room."""
    app.add_template_global(picture_of, "picture_of")
    app.add_template_global(product_ld, "product_ld")
    app.jinja_env.globals["mini_dots"] = vietnam_map().mini_path
