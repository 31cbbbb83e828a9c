"""Products withheld as alcohol: the list, and an officer's word on each."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts.access import current_actor, member, officer
from app.catalogue import alcohol as catalogue
from app.core import clock
from app.core.db import atomic, db
from app.core.errors import InvalidInput
from app.geography.lookup import gazetteer
from app.programme.alcohol.forms import ALCOHOL, AlcoholForm
from app.programme.alcohol.pages import alcohol_page
from app.programme.alcohol.queries import alcohol_rows
from app.programme.blueprint import blueprint
from app.programme.frame import asked_place, page
from app.programme.labels import group_names
from app.programme.places import own_product, units_in_office
from app.web.language import gettext
from app.web.messages import message_for


@blueprint.get("/alcohol")
@officer
def alcohol() -> str:
    """Products of the place that are withheld as alcohol, and those decided about."""
    session, own = db.session(), asked_place()
    rows = alcohol_rows(session, own.unit)
    return page("alcohol/alcohol.html", own, page=alcohol_page(rows, group_names(session), own.unit.slug))


@blueprint.post("/products/<int(max=999999999):product_id>/alcohol")
@officer
def decide_alcohol(product_id: int) -> Response:
    """Say whether a product of the own place is an alcoholic drink."""
    form, today = AlcoholForm(), clock.today()
    session = db.session()
    own_product(
        session, units_in_office(gazetteer(session), member().officer_units, today), product_id, today
    )
    try:
        if not form.validate_on_submit():
            raise InvalidInput("alcohol-unsaid")
        with atomic() as writing:
            product = catalogue.decide_alcohol(
                writing,
                product_id=product_id,
                alcohol=form.decided.data == ALCOHOL,
                reason=form.reason.data or "",
                actor=current_actor(),
                now=clock.now(),
            )
            name, withheld = product.name, product.alcohol
    except InvalidInput as refusal:
        flash(message_for(refusal), "error")
    else:
        said = gettext("%(name)s: chỉ để tra cứu, không bán.", name=name)
        flash(said if withheld else gettext("%(name)s: được bán.", name=name), "success")
    return redirect(url_for("programme.alcohol", place=request.args.get("place")), 303)
