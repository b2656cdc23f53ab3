"""What is true of a life, read in one statement by the auditor, and the same by the model."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import asyncpg

from tests.lives.model import Thing
from tests.lives.stage import Play
from tests.lives.undone import Market

# Surtax and stamp duty have rules of their own, which tests of tax points hold.
LEFT_OUT: Final = ("tax_expense", "surtax_payable", "stamp_duty_payable")
TRUTH: Final = """
    SELECT 'invoice', id::text, state, ARRAY[paid_minor, credited_minor, credited_vat_minor,
            offset_minor, vat_due_minor]
    FROM invoice WHERE contract_id = $1
    UNION ALL
    SELECT 'online_payment', p.id::text, p.state, ARRAY[p.amount_minor,
        (SELECT count(*) FROM online_payment_part a
         WHERE a.online_payment_id = p.id AND a.is_live),
        (p.cancel_asked_by IS NOT NULL)::int]
    FROM online_payment p WHERE p.buyer_id = $2
    UNION ALL
    SELECT 'refund', id::text, state, ARRAY[amount_minor] FROM refund WHERE organisation_id = $2
    UNION ALL
    SELECT 'credit_note', id::text, state, ARRAY[amount_minor, vat_minor]
    FROM credit_note WHERE contract_id = $1
    UNION ALL
    SELECT 'write_off', w.id::text, w.state, ARRAY[w.amount_minor]
    FROM write_off w JOIN invoice i ON i.id = w.invoice_id WHERE i.contract_id = $1
    UNION ALL
    SELECT 'void_proposal', v.id::text, v.state, ARRAY[]::bigint[]
    FROM void_proposal v JOIN invoice i ON i.id = v.invoice_id WHERE i.contract_id = $1
    UNION ALL
    SELECT 'credit_use', id::text, state, ARRAY[amount_minor]
    FROM credit_use WHERE organisation_id = $2
    UNION ALL
    SELECT 'chargeback', c.dispute_id, c.state, ARRAY[c.amount_minor, c.short_minor,
        (SELECT coalesce(sum(amount_minor), 0)::bigint FROM chargeback_recovery
         WHERE chargeback_id = c.id), c.returned_minor]
    FROM chargeback c WHERE c.dispute_id = ANY ($4)
    UNION ALL
    SELECT 'payout', payout_id, state, ARRAY[amount_minor]
    FROM payout WHERE payout_id = ANY ($4)
    UNION ALL
    SELECT 'stripe_line', id::text, CASE WHEN explanation_id IS NOT NULL THEN 'explained'
            WHEN is_explained THEN 'booked' ELSE 'aside' END, ARRAY[amount_minor, fee_minor]
    FROM stripe_line WHERE id = ANY ($6)
    UNION ALL
    SELECT 'stripe_explanation', id::text, state, ARRAY[amount_minor]
    FROM stripe_explanation WHERE stripe_line_id = ANY ($6)
    UNION ALL
    SELECT 'stripe_explanation_undo', u.id::text, u.state, ARRAY[u.amount_minor]
    FROM stripe_explanation_undo u JOIN stripe_explanation x ON x.id = u.explanation_id
    WHERE x.stripe_line_id = ANY ($6)
    UNION ALL
    SELECT 'chargeback_write_off', w.id::text, w.state, ARRAY[w.amount_minor]
    FROM chargeback_write_off w JOIN chargeback c ON c.id = w.chargeback_id
    WHERE c.dispute_id = ANY ($4)
    UNION ALL
    SELECT 'match', id::text, state, ARRAY[]::bigint[] FROM match WHERE bank_line_id = ANY ($5)
    UNION ALL
    SELECT 'milestone', id::text, (state = 'accepted')::text, ARRAY[credited_net_minor]
    FROM milestone WHERE contract_id = $1
    UNION ALL
    SELECT 'account', a.kind, '', ARRAY[sum(t.minor)::bigint, max(t.posting_id)]
    FROM (SELECT posting_id, debit_account AS account, amount_minor AS minor FROM transfer
          WHERE posting_id > $3
          UNION ALL
          SELECT posting_id, credit_account, -amount_minor FROM transfer WHERE posting_id > $3) AS t
    JOIN account a ON a.id = t.account
    GROUP BY a.kind"""

Picture = dict[tuple[str, str], tuple[str, list[int]]]


class Accounts:
    """What was posted in a life: nothing is taken out of a ledger, so it is read once."""

    def __init__(self, since: int) -> None:
        self.read_to = since
        self.held: Counter[str] = Counter()

    def add(self, kind: str, minor: int, posting: int) -> None:
        self.held[kind] += minor
        self.read_to = max(self.read_to, posting)

    def picture(self) -> Picture:
        held = self.held.items()
        return {
            ("account", kind): ("", [minor])
            for kind, minor in held
            if minor and kind not in LEFT_OUT
        }


async def truth(
    onlooker: asyncpg.Connection[Any], play: Play, accounts: Accounts, model: Market
) -> Picture:
    at_stripe = [one.id for one in (*model.disputes, *model.payouts)]
    records = await onlooker.fetch(
        TRUTH,
        play.contract.id,
        play.contract.buyer_id,
        accounts.read_to,
        at_stripe,
        [line.id for line in model.lines],
        [line.id for line in model.stripe_lines],
    )
    found: Picture = {}
    for table, name, state, figures in records:
        if table == "account":
            accounts.add(name.partition(":")[0], *figures)
        else:
            found[table, name] = (state, figures)
    return found | accounts.picture()


def expected(model: Market) -> Picture:
    rows: list[tuple[Thing, list[int]]] = [
        *(
            (one, [one.paid, one.credited, one.credited_vat, one.offset, one.due_vat])
            for one in model.invoices
        ),
        *(
            (one, [one.amount, len(one.parts) * one.is_live, int(one.is_asked)])
            for one in model.attempts
        ),
        *((one, [one.amount, one.vat]) for one in model.notes),
        *((one, []) for one in model.voids),
        *((one, []) for one in model.matches),
        *((one, [one.amount]) for one in model.refunds),
        *((one, [one.amount]) for one in model.losses),
        *((one, [one.amount]) for one in model.uses),
        *((one, [one.amount, one.short, one.recovered, one.returned]) for one in model.disputes),
        *((one, [one.amount]) for one in model.payouts),
        *((one, [one.amount, one.fee]) for one in model.stripe_lines),
        *((one, [one.amount]) for one in model.explanations),
        *((one, [one.amount]) for one in model.undos),
        *((one, [one.amount]) for one in model.debt_losses),
    ]
    told: Picture = {(one.table, str(one.id)): (one.state, held) for one, held in rows}
    for one in model.milestones:
        told["milestone", str(one.id)] = (str(one.accepted).lower(), [one.credited])
    held = model.accounts.items()
    told |= {("account", kind): ("", [minor]) for kind, minor in held if minor}
    return told


def differences(model: Market, found: Picture) -> list[str]:
    wanted = expected(model)
    return [
        f"{' '.join(name)}: the model says {wanted.get(name)}, the market {found.get(name)}"
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]
