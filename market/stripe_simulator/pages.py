"""The pages on which a person pays: Checkout's, and his bank's or wallet's."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Response

from market.stripe_simulator import checkout, funds, payers, payments
from market.stripe_simulator.account import Account, Object
from market.stripe_simulator.cards import CARDS
from market.stripe_simulator.errors import StripeError, no_such
from market.stripe_simulator.forms import Params, Value
from market.stripe_simulator.simulator import Simulator

HTML: Final = "text/html; charset=utf-8"
_TEMPLATES: Final = Environment(autoescape=True, undefined=StrictUndefined)


def _page(name: str, status: int = 200, **values: Any) -> Response[bytes]:
    source = files("market.stripe_simulator").joinpath(f"{name}.html").read_text("utf-8")
    body = _TEMPLATES.from_string(source).render(**values).encode()
    return Response(body, status_code=status, media_type=HTML)


def _found(simulator: Simulator, kind: str, name: str) -> tuple[Account, Object]:
    for account in simulator.accounts.values():
        if name in account.objects[kind]:
            return account, account.objects[kind][name]
    raise no_such(kind, name)


def price(amount_minor: int, currency: str) -> str:
    """An amount as people write it: 1234 fen are 12.34 CNY."""
    places = funds.decimals(currency)
    digits = str(amount_minor).rjust(places + 1, "0")
    whole, part = (digits[:-places], digits[-places:]) if places else (digits, "")
    return f"{int(whole):,}{'.' if part else ''}{part} {currency.upper()}"


def handlers(simulator: Simulator) -> list[HTTPRouteHandler]:
    return [*_checkout_pages(simulator), *_bank_pages(simulator)]


def _checkout_pages(simulator: Simulator) -> list[HTTPRouteHandler]:
    @get("/c/pay/{session_id:str}")
    async def pay_page(session_id: FromPath[str]) -> Response[bytes]:
        _, session = _found(simulator, "checkout.session", session_id)
        return _pay_page(session)

    @post("/c/pay/{session_id:str}", status_code=200)
    async def pay(session_id: FromPath[str], request: Request[Any, Any, Any]) -> Response[Any]:
        account, session = _found(simulator, "checkout.session", session_id)
        form = await request.form()
        kind, number = str(form.get("type", "card")), str(form.get("number", ""))
        data: dict[str, Value] = {"type": kind}
        if kind == "card":
            data["card"] = {"number": number}
        try:
            method = payers.create_payment_method(account, Params(data, payers.METHOD_DATA))
            intent = checkout.pay(account, session, method)
        except StripeError as refusal:
            return _pay_page(session, str(refusal))
        finally:
            simulator.post_soon()
        return _next(session, intent)

    @get("/c/pay/{session_id:str}/back")
    async def back(session_id: FromPath[str]) -> Response[Any]:
        account, session = _found(simulator, "checkout.session", session_id)
        intent = account.find("payment_intent", session["payment_intent"])
        if intent["status"] != "succeeded":
            return _pay_page(session, "The payment was not authenticated.")
        return _next(session, intent)

    return [pay_page, pay, back]


def _bank_pages(simulator: Simulator) -> list[HTTPRouteHandler]:
    @get("/authenticate/{intent_id:str}")
    async def ask(intent_id: FromPath[str]) -> Response[bytes]:
        _, intent = _found(simulator, "payment_intent", intent_id)
        return _page(
            "authenticate", intent=intent, price=price(intent["amount"], intent["currency"])
        )

    @post("/authenticate/{intent_id:str}", status_code=200)
    async def answer(intent_id: FromPath[str], request: Request[Any, Any, Any]) -> Response[Any]:
        account, intent = _found(simulator, "payment_intent", intent_id)
        form = await request.form()
        action = intent["next_action"] or {}
        url = action.get("redirect_to_url", {}).get("return_url")
        try:
            payments.authenticate(account, intent, passed=form.get("passed") == "yes")
        except StripeError as refusal:
            if refusal.status != 402:  # the bank's own refusal shows on the page that asked
                raise
        session = checkout.session_of(account, intent)
        if session is not None:
            checkout.complete(account, session)
        simulator.post_soon()
        return Redirect(url) if url else Response(b"{}", media_type="application/json")

    return [ask, answer]


def _pay_page(session: Object, fault: str | None = None) -> Response[bytes]:
    return _page(
        "pay",
        402 if fault else 200,
        session=session,
        cards=CARDS,
        fault=fault,
        price=price(session["amount_total"], session["currency"]),
    )


def _next(session: Object, intent: Object) -> Response[Any]:
    """Where the payer's browser goes: to his bank, or back to the shop."""
    if intent["next_action"] is not None:
        return Redirect(intent["next_action"]["redirect_to_url"]["url"], status_code=303)
    url = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    return Redirect(url, status_code=303)
