"""What letters say of a chargeback: whose payment it asks back, why, and who bears a loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from uuid import UUID

from market.base import amounts
from market.base.access import SYSTEM
from market.base.db import Connection
from market.base.errors import Phrase
from market.money.invoicing import covered
from market.money.invoicing import queries as invoices
from market.money.payments.chargebacks import reasons
from market.notifications.model import Facts
from market.notifications.queries import facts

NO_PAYMENT_OF_OURS: Final = Phrase(
    "一笔不属于本平台的付款", "a payment that was not made through this market"
)


class Told(NamedTuple):
    """What whoever keeps the books, and the payer, are told of a part of a loss."""

    finance: Phrase
    payer: Phrase


# Who bears what was lost, by the name of the amount.
BORNE: Final = {
    "again_minor": Told(
        Phrase(
            "{amount} 重新成为请款单的欠款。请与买方联系另行付款；无法收回的，按规定核销。",
            "{amount} is owed again on the invoices. Ask the buyer to pay otherwise; what cannot "
            "be collected is written off.",
        ),
        Phrase(
            "{amount} 重新成为请款单的欠款，请另行付款。",
            "{amount} is owed again on the invoices. Please pay it otherwise.",
        ),
    ),
    "covered_minor": Told(
        Phrase(
            "{amount} 重新成为请款单的欠款，以贷项通知留下的买方预存款抵付，买方无须付款。"
            "请办理抵付；该预存款已提出退款的，请先撤回或终止该退款。",
            "{amount} is owed again on the invoices and covered by the buyer's credit that credit "
            "notes left: the buyer has nothing to pay. Use that credit for the invoices; withdraw "
            "or fail a refund that reserves it first.",
        ),
        Phrase(
            "{amount} 重新成为请款单的欠款，以贷项通知留下的贵单位预存款抵付，无须付款。",
            "{amount} is owed again on the invoices; your credit that credit notes left covers it, "
            "and you have nothing to pay.",
        ),
    ),
    "taken_minor": Told(
        Phrase(
            "{amount} 已从买方的预存款扣回，无须另行办理。",
            "{amount} came off the buyer's credit; nothing more is to be done about it.",
        ),
        Phrase(
            "{amount} 已从贵单位的预存款扣回。",
            "{amount} came off your credit with the unit.",
        ),
    ),
    "short_minor": Told(
        Phrase(
            "{amount} 既无请款单、也无预存款可以承担，仍由买方欠付，列入待查款。"
            "请买方转账补付，并将该笔流水匹配为其预存款，系统随即扣回。",
            "{amount} was borne by neither an invoice nor credit: the buyer owes it, and it stands "
            "in suspense. Ask the buyer to transfer it and match that line to the buyer's credit, "
            "from which it is taken by itself.",
        ),
        Phrase(
            "{amount} 已无预存款可扣，仍由贵单位欠付。请转账补付；今后有预存款时也将先行扣回。",
            "{amount} found no credit any more: you owe it. Please transfer it; credit that you "
            "have again is taken for it first.",
        ),
    ),
}
IN_SUSPENSE: Final = Told(
    Phrase(
        "该金额尚无人承担，列入待查款。请到 Stripe 后台核对：其收款仍待查明的，"
        "请先说明是哪个客户的预存款，系统随即从中扣抵；无人承担的，再申请核销。",
        "Nobody bears it yet, and it stands in suspense. Look it up on Stripe's dashboard: where "
        "its charge stands there as well, explain first whose credit that is, from which this is "
        "taken by itself; then propose to write off what nobody will bear.",
    ),
    Phrase("", ""),
)


async def about_chargeback(conn: Connection, chargeback_id: UUID) -> Facts:
    """``paid`` is what it asks back, ``until`` when evidence counts.

    Every amount is in the currency of its debt: the payer's own, or what Stripe took of its balance
    where the payment is none of ours.

    ``borne`` and ``borne_by_payer`` tell who bears what was lost, ``is_beyond``: not invoices
    alone. ``back_minor`` came back after that, ``credited_minor`` of it as the payer's credit.
    ``left_minor`` is still owed of what neither invoices nor credit bore. ``is_ours``: what it asks
    back was paid through this market; ``is_owed``: by its payer, or by whose credit its charge was
    said to be; else it ``is_of_nobody``. Whosever, it ``is_past_us`` where it is not ours.
    """
    record = await conn.fetchrow(
        """SELECT c.id AS chargeback_id, c.books_unit_id, b.id AS buyer_id,
                  p.id IS NOT NULL AS is_ours, p.id IS NULL AS is_past_us,
                  d.payer_id IS NOT NULL AS is_owed,
                  d.payer_id IS NULL AS is_of_nobody,
                  m.amount_minor, d.currency, m.amount_minor AS disputed_minor,
                  c.reason, c.dispute_id,
                  c.evidence_due_at AS until, coalesce(b.name_zh, '—') AS buyer_zh,
                  b.name_en AS buyer_en, u.name_zh AS unit_zh, u.name_en AS unit_en,
                  coalesce(i.numbers, '—') AS numbers, coalesce(i.contracts, '—') AS contracts,
                  coalesce(l.again, 0)::bigint AS again_minor,
                  coalesce(l.taken, 0)::bigint AS taken_minor,
                  CASE WHEN p.id IS NULL THEN coalesce(w.back, 0)
                       ELSE c.returned_minor END::bigint AS back_minor,
                  coalesce(k.credited, 0)::bigint AS credited_minor,
                  coalesce(k.credited, 0) > 0 AS has_credited,
                  CASE WHEN d.payer_id IS NULL THEN 0
                       ELSE c.short_minor - r.at_loss END::bigint AS short_minor,
                  d.owed_minor AS left_minor
           FROM chargeback c JOIN chargeback_debt d ON d.chargeback_id = c.id
           JOIN organisation u ON u.id = c.books_unit_id
           LEFT JOIN online_payment p ON p.id = c.online_payment_id
           LEFT JOIN organisation b ON b.id = d.payer_id
           CROSS JOIN LATERAL (
               SELECT CASE WHEN c.online_payment_id IS NULL THEN c.held_minor
                           ELSE c.amount_minor END AS amount_minor) AS m
           CROSS JOIN LATERAL (
               SELECT string_agg(n.number, '、' ORDER BY t.position) AS numbers,
                      string_agg(DISTINCT f.number, '、') AS contracts
               FROM online_payment_part t JOIN invoice n ON n.id = t.invoice_id
               JOIN contract f ON f.id = n.contract_id
               WHERE t.online_payment_id = c.online_payment_id) AS i
           CROSS JOIN LATERAL (
               SELECT sum(t.amount_minor) FILTER (WHERE a.kind = 'receivable') AS again,
                      sum(t.amount_minor) FILTER (WHERE a.kind = 'customer_credit') AS taken
               FROM posting g JOIN transfer t ON t.posting_id = g.id
               JOIN account a ON a.id = t.debit_account AND a.currency = d.currency
               WHERE g.books = c.books_unit_id AND g.cause = 'chargeback_lost:' || c.id) AS l
           CROSS JOIN LATERAL (
               SELECT sum(s.amount_minor) AS back FROM stripe_line s
               WHERE (s.books_unit_id, s.source_id, s.category, s.currency)
                     = (c.books_unit_id, c.dispute_id, 'dispute_reversal', c.held_currency)) AS w
           CROSS JOIN LATERAL (
               SELECT sum(t.amount_minor) AS credited FROM stripe_line s
               JOIN posting g ON g.books = s.books_unit_id AND g.cause IN
                   ('stripe_line:' || s.id, s.cause)
               JOIN transfer t ON t.posting_id = g.id JOIN account a ON a.id = t.credit_account
               WHERE s.books_unit_id = c.books_unit_id AND s.category = 'dispute_reversal'
                 AND s.source_id = c.dispute_id
                 AND (a.kind, a.currency) = ('customer_credit', d.currency)) AS k
           CROSS JOIN LATERAL (
               SELECT coalesce(sum(amount_minor), 0) AS at_loss
               FROM chargeback_recovery WHERE chargeback_id = c.id AND at_loss) AS r
           WHERE c.id = $1""",
        chargeback_id,
    )
    found = await _less_what_is_covered(conn, facts(record))
    told = list(_borne(found))
    return {
        **found,
        "invoices": _invoices(found),
        "paid": _paid(found),
        "reason": reasons.in_words(str(found["reason"])),
        "borne": _together(each.finance for each in told),
        "borne_by_payer": _together(each.payer for each in told),
        "is_beyond": bool(found["taken_minor"] or found["short_minor"]),
    }


async def _less_what_is_covered(conn: Connection, found: Facts) -> Facts:
    """What is owed again, and beside it what of that credit covers which credit notes left."""
    records = await conn.fetch(
        """SELECT r.invoice_id, -sum(r.amount_minor)::bigint
           FROM chargeback c JOIN online_payment_part p USING (online_payment_id)
           JOIN receipt r ON r.invoice_id = p.invoice_id AND r.cause = 'chargeback_lost:' || c.id
           WHERE c.id = $1 GROUP BY 1""",
        found["chargeback_id"],
    )
    covered_minor = 0
    for invoice_id, again_minor in records:
        invoice = await invoices.find_invoice(conn, SYSTEM, invoice_id)
        covered_minor += min(again_minor, await covered.credit_against(conn, invoice))
    again_minor = found["again_minor"]
    assert isinstance(again_minor, int), "amounts are whole"
    return {**found, "again_minor": again_minor - covered_minor, "covered_minor": covered_minor}


def _invoices(found: Facts) -> Phrase:
    """Of which it is, in a few words."""
    if found["buyer_id"] is None:
        return Phrase("不属于本平台的付款", "a payment not made through this market")
    if not found["is_ours"]:
        return Phrase("未在平台发起的付款", "a payment not begun here")
    numbers = str(found["numbers"])
    return Phrase(f"请款单 {numbers}", f"invoice {numbers.replace('、', ', ')}")


def _paid(found: Facts) -> Phrase:
    if found["buyer_id"] is None:
        return NO_PAYMENT_OF_OURS
    buyer_zh, buyer_en = found["buyer_zh"], found["buyer_en"] or found["buyer_zh"]
    if not found["is_ours"]:
        return Phrase(
            f"{buyer_zh} 未在平台发起、经 Stripe 所作的付款",
            f"what {buyer_en} paid through Stripe by a payment that was not begun here",
        )
    numbers, contracts = str(found["numbers"]), str(found["contracts"])
    return Phrase(
        f"{buyer_zh} 为请款单 {numbers}（合同 {contracts}）所作的在线付款",
        f"what {buyer_en} paid online for invoice {numbers.replace('、', ', ')} "
        f"(contract {contracts.replace('、', ', ')})",
    )


def _borne(found: Facts) -> Iterator[Told]:
    currency, is_known = str(found["currency"]), False
    for name, told in BORNE.items():
        minor = found[name]
        assert isinstance(minor, int), "amounts are whole"
        if minor:
            is_known = True
            amount = f"{amounts.printed(minor, currency)} {currency}"
            yield Told(
                *(
                    Phrase(one.zh.format(amount=amount), one.en.format(amount=amount))
                    for one in told
                )
            )
    if not is_known:
        yield IN_SUSPENSE


def _together(phrases: Iterable[Phrase]) -> Phrase:
    several = list(phrases)
    return Phrase("\n".join(each.zh for each in several), "\n".join(each.en for each in several))
