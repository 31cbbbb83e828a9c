"""Pages of buying: cart, checkout, orders."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import (
    session as visit,
)
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext
from flask_login import user_logged_in
from sqlalchemy.exc import OperationalError

from app.accounts.access import current_actor, public, safe_path, signed_in
from app.accounts.members import Member
from app.core import clock, jobs
from app.core.db import atomic, db
from app.core.errors import Conflict, InvalidInput, NotFound, Refusal
from app.core.parts import part
from app.geography.lookup import gazetteer
from app.listing.goods import NotForSale, goods_by_public_id, near
from app.orders import cart as carts
from app.orders import merging
from app.orders.checkout import CartEmpty, PriceChanged, checkout_token, place_order
from app.orders.models import Cart
from app.orders.queries import count_orders, known_buyer, order_group, orders_of_user
from app.shop.blueprint import blueprint
from app.shop.buying.forms import CheckoutForm, read_quantity
from app.shop.buying.presentation.cart import present_add, present_cart
from app.shop.buying.presentation.checkout import present_checkout
from app.shop.buying.presentation.orders import present_order, present_orders
from app.supply.queries import sellable
from app.supply.stock import OutOfStock
from app.web.language import language
from app.web.limits import limiter
from app.web.messages import message_for
from app.web.pagination import Address, Pages, page_number
from config import Settings

ORDERS_PER_PAGE = 20
TOKEN = "cart_token"  # noqa: S105 - the name of a place in the visitor's session
COUNT = "cart_count"
FORGOTTEN_AFTER = dt.timedelta(days=60)


def _mine() -> Cart | None:
    return carts.find_cart(db.session(), token=_token(), user_id=current_actor().id)


def _token() -> str | None:
    """The token of this browser's cart; before there is one it is made of the secret of the browser's forms."""
    browser = visit.get(current_app.config["WTF_CSRF_FIELD_NAME"])
    secret = part(Settings).secret_key
    return visit.get(TOKEN) or (carts.guest_token(secret, browser) if browser else None)


def _open_mine(now: dt.datetime) -> Cart:
    """The visitor's cart inside the running transaction, made when there is none."""
    user_id = current_actor().id
    cart = carts.open_cart(db.session(), token=_token(), user_id=user_id, now=now)
    if user_id is None:
        visit[TOKEN] = cart.token
        visit.permanent = True
    return cart


def _private(body: str, status: int = 200) -> Response:
    """A page about one person: kept nowhere, found by no search engine."""
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/cart")
@public
def cart() -> Response:
    """What is in the cart, by parcels."""
    _bring_guest_cart(current_actor().id)
    return _cart_page()


def _cart_page(status: int = 200, wrong: dict[str, tuple[str, str]] | None = None) -> Response:
    """`wrong` is, by variant, what was typed and what is wrong with it."""
    session, user_id = db.session(), current_actor().id
    view = carts.cart_view(session, _mine(), clock.today())
    visit[COUNT] = view.count
    kept = merging.kept_goods(session, user_id) if user_id is not None else []
    page = present_cart(view, gazetteer(session), wrong or {}, kept)
    return _private(render_template("shop/buying/cart.html", page=page), status)


@blueprint.post("/cart/lines")
@public
def add_to_cart() -> Any:
    """Put packs of a variant into the cart, then go back to where it was done, or to the cart."""
    variant = request.form.get("variant", "")
    now = clock.now()
    try:
        quantity = read_quantity(request.form.get("quantity", "1"))
        with atomic() as session:
            mine = _open_mine(now)
            added = carts.add_to_cart(session, mine, variant=variant, quantity=quantity, now=now)
            count = carts.count_units(session, mine)
    except (InvalidInput, Conflict) as refusal:
        return _add_again(variant, refusal)
    visit[COUNT] = count
    flash(gettext("Đã thêm %(name)s vào giỏ.", name=f"{added.name}, {added.pack}"), "success")
    return redirect(safe_path(request.form.get("back")) or url_for("shop.cart"), 303)


def _add_again(variant: str, refusal: Refusal) -> Response:
    """The question once more, with what is wrong at the field."""
    session = db.session()
    goods = goods_by_public_id(session, variant)
    if goods is None:
        raise NotFound
    today = clock.today()
    lines = carts.cart_view(session, _mine(), today).lines
    page = present_add(
        goods,
        problem=message_for(refusal),
        typed=request.form.get("quantity", "")[:15],
        in_cart=sum(line.quantity for line in lines if line.goods.variant_id == goods.variant_id),
        available=sellable(session, [goods.variant_id], today)[goods.variant_id],
        near=near(session, goods.product_id, today),
    )
    body = render_template("shop/buying/cart_add.html", page=page)
    return _private(body, refusal.status if isinstance(refusal, Conflict) else 422)


@blueprint.post("/cart")
@public
def change_cart() -> Any:
    """Change or take out one line."""
    variant, now = request.form.get("variant", ""), clock.now()
    taking_out = request.form.get("act") == "remove"
    try:
        with atomic() as session:
            mine = _mine()
            if mine is None:
                raise NotFound
            if taking_out:
                carts.remove_line(session, mine, variant=variant, now=now)
            else:
                typed = read_quantity(request.form.get("quantity"))
                carts.set_quantity(session, mine, variant=variant, quantity=typed, now=now)
            count = carts.count_units(session, mine)
    except (InvalidInput, Conflict) as refusal:
        typed_text = request.form.get("quantity", "")[:15]
        status = refusal.status if isinstance(refusal, Conflict) else 422
        return _cart_page(status, {variant: (typed_text, message_for(refusal))})
    visit[COUNT] = count
    flash(gettext("Đã bỏ khỏi giỏ.") if taking_out else gettext("Đã đổi số lượng."), "success")
    return redirect(url_for("shop.cart"), 303)


@blueprint.post("/cart/kept")
@signed_in
def kept_goods() -> Any:
    """Bring what did not fit at the log-in into the cart now, or keep it no longer."""
    user_id = current_actor().id
    assert user_id is not None
    with atomic() as session:
        if request.form.get("act") == "forget":
            merging.forget_kept(session, user_id=user_id)
        else:
            visit[COUNT] = merging.fetch_kept(session, user_id=user_id, now=clock.now())
    return redirect(url_for("shop.cart"), 303)


@blueprint.get("/checkout")
@public
def checkout() -> Any:
    """The form of an order: who receives, where, what it costs."""
    user_id = current_actor().id
    _bring_guest_cart(user_id)
    form = CheckoutForm(formdata=None)
    if user_id is not None:
        form.fill_in(known_buyer(db.session(), user_id))
    form.token.data = checkout_token()
    return _checkout_page(form)


@blueprint.post("/checkout")
@public
@limiter.limit("60 per 10 minutes")
def send_checkout() -> Any:
    """Place the order; or change the list of communes, or the cart, and show the form again."""
    form = CheckoutForm()
    form.offer_places(db.session())
    act = request.form.get("act")
    if act == "communes":
        return _checkout_page(form)
    if act == "fit":
        with suppress(Conflict):  # someone was faster: the page shows how it is now
            _fit_cart()
        return _checkout_page(form)
    if not form.validate_on_submit():
        return _checkout_page(form, status=422)
    try:
        address = _place(form)
    except CartEmpty:
        return redirect(url_for("shop.cart"), 303)
    except (OutOfStock, NotForSale, PriceChanged) as refusal:
        return _checkout_page(form, status=refusal.status, refusal=refusal)
    except InvalidInput as refusal:  # the form has checked everything but the token
        form.token.data = checkout_token()
        return _checkout_page(form, status=422, refusal=refusal)
    return redirect(url_for("shop.order", public_id=address), 303)


def _place(form: CheckoutForm) -> str:
    actor, now = current_actor(), clock.now()
    token = form.token.data or ""
    with atomic() as session:
        mine = _mine()
        group = place_order(
            session,
            cart=mine,
            token=token,
            contact=form.contact(),
            shown_total=form.total_shown(),
            user_id=actor.id,
            language=language(),
            actor=actor,
            now=now,
        )
        count = carts.count_units(session, mine)  # not empty when an order of before is sent again
    visit[COUNT] = count
    if group.placed_at == now:  # and not by another click a moment ago
        flash(gettext("Đã đặt hàng. Cơ sở đã nhận tin và sẽ gửi hàng."), "success")
    return group.public_id


def _fit_cart() -> None:
    """Take the cart down to what can be ordered: fewer packs, or the line out."""
    now = clock.now()
    with atomic() as session:
        mine = _mine()
        if mine is None:
            return
        for line in carts.cart_view(session, mine, clock.vietnam_day(now)).lines:
            variant = line.goods.public_id
            if line.problem == "too-few":
                carts.set_quantity(session, mine, variant=variant, quantity=line.available, now=now)
            elif line.problem is not None:
                carts.remove_line(session, mine, variant=variant, now=now)


def _checkout_page(form: CheckoutForm, *, status: int = 200, refusal: Refusal | None = None) -> Any:
    session = db.session()
    view = carts.cart_view(session, _mine(), clock.today())
    visit[COUNT] = view.count
    if not view.lines:
        return redirect(url_for("shop.cart"), 303)
    form.offer_places(session)
    form.shown_total.data = str(view.total)
    short = next((line for line in view.lines if line.problem), None)
    page = present_checkout(
        view,
        gazetteer(session),
        warning=message_for(refusal) if isinstance(refusal, PriceChanged | InvalidInput) else "",
        near=near(session, short.goods.product_id, clock.today()) if short else [],
    )
    return _private(render_template("shop/buying/checkout.html", form=form, page=page), status)


@blueprint.get("/checkout/communes")
@public
def communes() -> Response:
    """The choices of communes of one province, for the script that saves a turn to the server."""
    form = CheckoutForm(formdata=None)
    form.province.data = request.args.get("province", "")
    form.offer_places(db.session())
    response = make_response(
        render_template("shop/buying/checkout_communes.html", choices=form.commune.choices)
    )
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@blueprint.get("/orders/<public_id>")
@public
def order(public_id: str) -> Any:
    """A buying at its unguessable address; a member's only for that member."""
    view = order_group(db.session(), public_id)
    if view.user_id is not None:
        asking = current_actor().id
        if asking is None:
            return redirect(url_for("accounts.login", next=request.path), 303)
        if asking != view.user_id:
            raise NotFound
    here = part(Settings).base_url + request.path
    return _private(render_template("shop/buying/order.html", page=present_order(view, here)))


@blueprint.get("/account/orders")
@signed_in
def orders() -> Response:
    """A member's own orders."""
    user_id = current_actor().id
    assert user_id is not None
    session = db.session()
    pages = Pages(page_number(request.args.get("page", "")), ORDERS_PER_PAGE, count_orders(session, user_id))
    rows = orders_of_user(session, user_id, limit=pages.per_page, offset=pages.offset)
    page = present_orders(rows, pages, Address(request.path))
    return _private(render_template("shop/buying/orders.html", page=page))


def _bring_guest_cart(user_id: int | None) -> None:
    """What this browser's guest had in the cart goes into the member's; now, or when the database is free again."""
    if user_id is None or TOKEN not in visit:
        return
    try:
        with atomic() as session:
            count = merging.merge_carts(session, token=visit[TOKEN], user_id=user_id, now=clock.now())
    except OperationalError:  # others are writing: the cart's page tries again
        return
    del visit[TOKEN]
    visit[COUNT] = count


def _at_login(app: Flask, user: Member, **_: Any) -> None:
    if TOKEN in visit:
        _bring_guest_cart(user.user_id)
    else:
        known = carts.find_cart(db.session(), token=None, user_id=user.user_id)
        visit[COUNT] = carts.count_units(db.session(), known)


@blueprint.record_once
def _listen(state: BlueprintSetupState) -> None:
    user_logged_in.connect(_at_login, state.app)


@jobs.periodic("carts.forgotten", dt.timedelta(days=1))
def _forget_carts() -> None:
    """Drop carts of guests who have not come back."""
    with atomic() as session:
        dropped = carts.forget_carts(session, before=clock.now() - FORGOTTEN_AFTER)
    current_app.logger.info("carts forgotten: %d", dropped)
