"""What only a simulator has: time that is moved, faults that are ordered, cases that are judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from litestar import Request, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from market.stripe_simulator import disputes, expansion, faults, forms, funds, refunds, webhooks
from market.stripe_simulator.account import Object
from market.stripe_simulator.errors import missing
from market.stripe_simulator.simulator import Simulator

Act = Callable[[Simulator, forms.Params], Object]
KEY: Final = frozenset({"key"})


def handlers(simulator: Simulator) -> list[HTTPRouteHandler]:
    made = [_handler(simulator, name, act, takes) for name, (act, takes) in ACTS.items()]
    return [*made, _deliver(simulator)]


def _handler(simulator: Simulator, name: str, act: Act, takes: frozenset[str]) -> HTTPRouteHandler:
    @post(f"/_simulator/{name}", status_code=200, name=name)
    async def control(request: Request[Any, Any, Any]) -> Response[bytes]:
        form = await request.form()
        tree = forms.nested((str(key), str(value)) for key, value in form.multi_items())
        said = act(simulator, forms.Params(tree, takes))
        simulator.post_soon()
        return Response(json.dumps(expansion.public(said)).encode(), media_type="application/json")

    return control


def _deliver(simulator: Simulator) -> HTTPRouteHandler:
    @post("/_simulator/deliver", status_code=200)
    async def deliver() -> dict[str, int]:
        """Send every event that is due, and answer when it is done."""
        return {"taken": await simulator.post(), "waiting": len(simulator.postman.bag)}

    return deliver


def _clock(simulator: Simulator, params: forms.Params) -> Object:
    simulator.advance(params.amount("seconds") or 0)
    return {"now": simulator.clock.now()}


def _posting(simulator: Simulator, params: forms.Params) -> Object:
    simulator.posts_at_once = params.flag("at_once")
    return {"at_once": simulator.posts_at_once}


def _fault(simulator: Simulator, params: forms.Params) -> Object:
    order = simulator.faults.add(params)
    return {"kind": order.kind, "target": order.target, "times": order.times}


def _mend(simulator: Simulator, _params: forms.Params) -> Object:
    simulator.faults.clear()
    return {"faults": 0}


def _dispute(simulator: Simulator, params: forms.Params) -> Object:
    account = simulator.account(params.needed("key"))
    charge = account.find("charge", params.needed("charge"))
    reason = params.text("reason") or "fraudulent"
    return disputes.open_dispute(account, charge, reason, params.amount("amount"))


def _judge(simulator: Simulator, params: forms.Params) -> Object:
    account = simulator.account(params.needed("key"))
    dispute = account.find("dispute", params.needed("dispute"))
    won, amount = params.flag("won"), params.amount("amount")
    return disputes.judge(account, dispute, won=won, amount_minor=amount)


def _give_back(simulator: Simulator, params: forms.Params) -> Object:
    account = simulator.account(params.needed("key"))
    dispute = account.find("dispute", params.needed("dispute"))
    return disputes.give_back(account, dispute, params.amount("amount"))


def _fee(simulator: Simulator, params: forms.Params) -> Object:
    amount = params.amount("amount")
    if amount is None:
        raise missing("amount")
    account = simulator.account(params.needed("key"))
    why = params.text("description") or "Monthly fee"
    return funds.charge_fee(account, amount, params.text("currency") or "cny", why)


def _line(simulator: Simulator, params: forms.Params) -> Object:
    """Stripe moves money for a reason of its own, out where the amount is below zero."""
    account = simulator.account(params.needed("key"))
    amount = params.integer("amount")
    if amount is None:
        raise missing("amount")
    category = params.choice("category", sorted(funds.OWN)) or "other_adjustment"
    return funds.adjust(account, amount, params.text("currency") or "cny", category)


def _pay_out(simulator: Simulator, params: forms.Params) -> Object:
    return {"payouts": funds.pay_out(simulator.account(params.needed("key")))}


def _fail_payout(simulator: Simulator, params: forms.Params) -> Object:
    account = simulator.account(params.needed("key"))
    return funds.fail_payout(account, account.find("payout", params.needed("payout")))


def _take_from_bank(simulator: Simulator, params: forms.Params) -> Object:
    """From now on a balance below zero is made up from the bank, as in some countries."""
    account = simulator.account(params.needed("key"))
    account.takes_from_bank = params.flag("allowed")
    return {"allowed": account.takes_from_bank}


def _fail_refund(simulator: Simulator, params: forms.Params) -> Object:
    account = simulator.account(params.needed("key"))
    return refunds.fail_refund(account, account.find("refund", params.needed("refund")))


def _differ(simulator: Simulator, params: forms.Params) -> Object:
    """Another amount has moved for a refund than was asked for."""
    account = simulator.account(params.needed("key"))
    amount = params.amount("amount")
    if amount is None:
        raise missing("amount")
    refund = account.find("refund", params.needed("refund"))
    return refunds.take_otherwise(account, refund, amount)


def _ask_refunds(simulator: Simulator, params: forms.Params) -> Object:
    """From now on refunds wait for their payers, as those to some wallets and banks do."""
    account = simulator.account(params.needed("key"))
    account.refunds_ask = params.flag("wait")
    return {"wait": account.refunds_ask}


def _answer_refund(simulator: Simulator, params: forms.Params) -> Object:
    account = simulator.account(params.needed("key"))
    return refunds.answer_refund(account, account.find("refund", params.needed("refund")))


def _rate(simulator: Simulator, params: forms.Params) -> Object:
    """One unit of a currency in another; the account keeps its money in that other one."""
    account = simulator.account(params.needed("key"))
    account.settles_in = params.needed("into").lower()
    rate = float(params.needed("rate"))
    account.rates[(params.needed("currency").lower(), account.settles_in)] = rate
    return {"into": account.settles_in, "rate": rate}


def _roll(simulator: Simulator, params: forms.Params) -> Object:
    account = simulator.account(params.needed("key"))
    endpoint = account.find("webhook_endpoint", params.needed("endpoint"))
    return {"secret": webhooks.roll_secret(account, endpoint)}


def _spoil(simulator: Simulator, params: forms.Params) -> Object:
    """An object lacks from now on what its description promises."""
    account = simulator.account(params.needed("key"))
    spoilt = account.find(params.needed("kind"), params.needed("id"))
    field = params.needed("field")
    account.spoilt.append((spoilt, field, spoilt[field]))
    spoilt[field] = None
    return spoilt


def _unspoil(simulator: Simulator, params: forms.Params) -> Object:
    account = simulator.account(params.needed("key"))
    for spoilt, field, value in account.spoilt:
        spoilt[field] = value
    account.spoilt.clear()
    return {"spoilt": 0}


ACTS: Final[dict[str, tuple[Act, frozenset[str]]]] = {
    "clock": (_clock, frozenset({"seconds"})),
    "posting": (_posting, frozenset({"at_once"})),
    "faults": (_fault, faults.ORDER),
    "faults/clear": (_mend, frozenset()),
    "disputes": (_dispute, KEY | {"charge", "reason", "amount"}),
    "disputes/judge": (_judge, KEY | {"dispute", "won", "amount"}),
    "disputes/give_back": (_give_back, KEY | {"dispute", "amount"}),
    "fees": (_fee, KEY | {"amount", "currency", "description"}),
    "lines": (_line, KEY | {"amount", "currency", "category"}),
    "payouts": (_pay_out, KEY),
    "payouts/fail": (_fail_payout, KEY | {"payout"}),
    "payouts/take": (_take_from_bank, KEY | {"allowed"}),
    "refunds/fail": (_fail_refund, KEY | {"refund"}),
    "refunds/differ": (_differ, KEY | {"refund", "amount"}),
    "refunds/ask": (_ask_refunds, KEY | {"wait"}),
    "refunds/answer": (_answer_refund, KEY | {"refund"}),
    "objects/spoil": (_spoil, KEY | {"kind", "id", "field"}),
    "objects/mend": (_unspoil, KEY),
    "rates": (_rate, KEY | {"currency", "into", "rate"}),
    "webhook_endpoints/roll": (_roll, KEY | {"endpoint"}),
}
