"""Why an invoice's figures are what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from market.base import db
from market.base.access import Actor
from market.base.db import Connection
from market.base.explanations import Explanation, Step, source_of
from market.money.invoicing import queries
from market.money.invoicing.model import Invoice, InvoiceLine
from market.money.invoicing.queries import Terms
from market.money.invoicing.tax_points import model as tax_points
from market.money.invoicing.tax_points import queries as tax_point_queries
from market.money.invoicing.tax_points.model import Due, Facts, Reason, TaxPoint
from market.money.invoicing.tax_points.reckoning import Reckoning

# What each rule says: Chinese, English.
POINTS: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.RECEIPT: (
        "收款当日，按已收金额占请款金额的比例累计计算，四舍五入到分，收齐时为全部税额",
        "on receipt, in proportion to what was received, cumulative, half up; all at full payment",
    ),
    Reason.START: (
        "首个里程碑开始前的预收款，于开始之日计入",
        "what was paid before the first milestone started counts at its start",
    ),
    Reason.FAPIAO: (
        "先开具发票的，为开具当日，全部税额",
        "a fapiao issued before payment: the whole on its day",
    ),
    Reason.DUE: (
        "合同约定的付款日期当日，全部税额",
        "the whole on the day of payment that the contract agrees",
    ),
    Reason.TAKE_BACK: (
        "收款被撤销，相应税额转回待转销项税额",
        "a receipt was undone: its part of the VAT is deferred again",
    ),
    Reason.CREDIT_NOTE: (
        "贷项通知当日：冲减部分先减待转销项税额，不足部分自应交增值税转回；其余款项已结清的，税额全部到期",
        "on the day of a credit note: its VAT comes off what is deferred, then off what was due; "
        "if it settles the rest, all of the rest's VAT is due",
    ),
    Reason.MOVED: (
        "事后得知更早的纳税义务发生日：税额自原日期转回，改计入更早之日",
        "an earlier tax point became known: the VAT leaves this day and is due on the earlier one",
    ),
}


async def explain_invoice(conn: Connection, actor: Actor, invoice_id: UUID) -> Explanation:
    """NotFound to a stranger."""
    async with db.look(conn, actor):
        invoice = await queries.find_invoice(conn, actor, invoice_id)
        lines = await queries.lines_of(conn, invoice_id)
        terms = await queries.terms_of(conn, invoice)
        known = await tax_point_queries.known_of(conn, [invoice_id])
        points = await tax_point_queries.tax_points_of(conn, invoice_id)
        used = {invoice.policy_id, terms.vat_policy_id, *(p.surtax_policy_id for p in points)}
        policies = await queries.policies_used(conn, used)
    facts = Reckoning(known).facts(invoice_id)
    due = tax_points.due_now(invoice, facts)
    return Explanation(
        inputs=_inputs(invoice, terms, facts),
        steps=[
            *(_line(line, terms) for line in lines),
            _agreed(invoice, terms),
            *map(_point, points),
            _now(invoice, due),
        ],
        result=_result(invoice, points),
        sources=[source_of(policy) for policy in policies],
    )


def _inputs(invoice: Invoice, terms: Terms, facts: Facts) -> dict[str, Any]:
    return {
        "invoice": invoice.number,
        "contract": terms.contract_number,
        "instalment": terms.position,
        "state": invoice.state,
        "currency": invoice.currency,
        "amount_minor": invoice.amount_minor,
        "paid_minor": invoice.paid_minor,
        "credited_minor": invoice.credited_minor,
        "offset_minor": invoice.offset_minor,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "work_started_on": facts.started_on,
        "fapiao_issued_on": facts.fapiao_on,
        "today": facts.today,
    }


def _line(line: InvoiceLine, terms: Terms) -> Step:
    return Step(
        line.rule_id,
        "税额与不含税额在签订时按合同总额计算一次，再按最大余数法分到各期",
        "net and VAT were computed once on the contract's total at signing, and split over its "
        "instalments by largest remainder",
        {
            "contract_total_minor": terms.total_minor,
            "contract_net_minor": terms.net_minor,
            "contract_vat_minor": terms.vat_minor,
            "contract_owner_minor": terms.owner_minor,
            "line": line.position,
            "net_minor": line.net_minor,
            "vat_ppm": line.vat_ppm,
            "vat_minor": line.vat_minor,
        },
    )


def _agreed(invoice: Invoice, terms: Terms) -> Step:
    return Step(
        "invoice.due_as_agreed",
        "付款日期由合同约定：固定日期，或签订、验收后若干日",
        "the contract agrees the day of payment: a date, or so many days after signing or "
        "acceptance",
        {"trigger": terms.trigger, "due_days": terms.due_days, "due_on": invoice.due_on},
    )


def _point(point: TaxPoint) -> Step:
    return _reckoned(
        point.reason,
        {
            "tax_point": point.number,
            "cause": point.cause,
            "effective_on": point.effective_on,
            "counted_minor": point.counted_minor,
            "vat_minor": point.vat_minor,
            "surtax_minor": point.surtax_minor,
        },
    )


def _now(invoice: Invoice, due: Due) -> Step:
    """The rule that holds today."""
    return _reckoned(
        due.reason,
        {
            "vat_minor": invoice.vat_left_minor,
            "counted_minor": due.counted_minor,
            "amount_minor": invoice.amount_minor,
            "vat_due_minor": due.vat_minor,
        },
    )


def _reckoned(reason: Reason, values: dict[str, Any]) -> Step:
    zh, en = POINTS[reason]
    return Step(f"tax_point.{reason}", zh, en, values)


def _result(invoice: Invoice, points: Sequence[TaxPoint]) -> dict[str, Any]:
    return {
        "net_minor": invoice.net_minor,
        "vat_minor": invoice.vat_minor,
        "owner_minor": invoice.owner_minor,
        "vat_due_minor": invoice.vat_due_minor,
        "vat_credited_minor": invoice.credited_vat_minor,
        "vat_deferred_minor": invoice.vat_left_minor - invoice.vat_due_minor,
        "surtax_minor": sum(point.surtax_minor for point in points),
        "open_minor": invoice.open_minor,
    }
