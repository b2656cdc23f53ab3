"""What the sealed events of the money wing told; see ``told``."""

from __future__ import annotations

from typing import Final

from market.auditor.model import Told

TOLD: Final = (
    Told(
        "invoice",
        "invoice.issued",
        "contract_id=contract_id instalment_id=instalment_id number=number issued_by=actor"
        " payment_code=payment_code amount_minor=amount_minor issued_on=issued_on due_on=due_on",
    ),
    Told(
        "invoice",
        "invoice.part_paid invoice.paid invoice.reopened",
        "paid_minor=paid_minor",
        last=True,
    ),
    Told(
        "invoice",
        "invoice.credited",
        "credited_minor=credited_minor credited_vat_minor=credited_vat_minor"
        " offset_minor=offset_minor",
        last=True,
    ),
    Told(
        "credit_note",
        "credit_note.proposed",
        "invoice_id=invoice_id amount_minor=amount_minor proposed_by=actor",
        whole=True,
    ),
    Told(
        "credit_note",
        "credit_note.issued",
        "number=number vat_minor=vat_minor offset_minor=offset_minor issued_on=issued_on"
        " decided_by=actor",
    ),
    Told("credit_note", "credit_note.rejected", "decided_by=actor"),
    Told(
        "red_fapiao",
        "red_fapiao.requested",
        "fapiao_id=fapiao_id credit_note_id=credit_note_id amount_minor=amount_minor"
        " vat_minor=vat_minor",
        whole=True,
    ),
    Told("red_fapiao", "red_fapiao.issued", "number=number issued_on=issued_on issued_by=actor"),
    Told("void_proposal", "void_proposal.proposed", "invoice_id=invoice_id proposed_by=actor"),
    Told("void_proposal", "void_proposal.approved void_proposal.rejected", "decided_by=actor"),
    Told(
        "write_off",
        "write_off.proposed",
        "invoice_id=invoice_id amount_minor=amount_minor proposed_by=actor",
        whole=True,
    ),
    Told("write_off", "write_off.approved write_off.rejected", "decided_by=actor decided_at=time"),
    Told("write_off", "write_off.approved", "written_off_on=day"),
    Told(
        "write_off",
        "write_off.recovered",
        "recovered_on=recovered_on recovery_cause=recovery_cause",
    ),
    Told(
        "reminder",
        "reminder.sent",
        "invoice_id=invoice_id level=level late_working_days=late_working_days"
        " counted_until=counted_until open_minor=open_minor credit_minor=credit_minor"
        " policy_id=policy_id sent_on=day letter_number=letter_number letter_sha256=letter_sha256",
        whole=True,
    ),
    Told(
        "reminder_hold",
        "reminder_hold.set",
        "invoice_id=invoice_id held_by=actor until=until",
        whole=True,
    ),
    Told(
        "chargeback_write_off",
        "chargeback_write_off.proposed",
        "chargeback_id=chargeback_id amount_minor=amount_minor proposed_by=actor",
        whole=True,
    ),
    Told(
        "chargeback_write_off",
        "chargeback_write_off.approved chargeback_write_off.rejected",
        "decided_by=actor decided_at=time",
    ),
    Told("chargeback_write_off", "chargeback_write_off.approved", "written_off_on=day"),
    Told("chargeback_write_off", "chargeback_write_off.recovered", "recovered_on=recovered_on"),
    Told(
        "chargeback_evidence",
        "chargeback_evidence.drafted",
        "chargeback_id=chargeback_id drafted_by=actor",
        whole=True,
    ),
    # What came back as a draft may say something else by now.
    Told(
        "chargeback_evidence",
        "chargeback_evidence.submitted",
        "submission=submission submitted_by=actor submitted_at=time texts=texts_sha256",
        last=True,
        given="r.state <> 'draft'",
    ),
    Told(
        "chargeback_alarm",
        "chargeback_alarm.raised",
        "chargeback_id=chargeback_id stage=stage working_days_left=working_days_left"
        " policy_id=policy_id raised_on=day last_day=last_day",
        whole=True,
    ),
    Told("fapiao", "fapiao.requested", "invoice_id=invoice_id requested_by=actor"),
    Told("fapiao", "fapiao.issued", "number=number issued_on=issued_on issued_by=actor"),
    Told("fapiao", "fapiao.delivered", "delivered_by=actor"),
    Told(
        "recognition",
        "recognition.recorded recognition.mended",
        "contract_id=contract_id file_id=file_id number=number recognised_on=recognised_on"
        " recorded_by=actor",
        whole=True,
        last=True,
    ),
    Told(
        "credit_use",
        "credit_use.used",
        "invoice_id=invoice_id organisation_id=organisation_id used_by=actor used_on=day",
    ),
    Told("credit_use", "credit_use.undone", "undone_by=actor undone_on=day"),
    Told("online_payment", "online_payment.started", "amount_minor=amount_minor started_by=actor"),
    Told("online_payment", "online_payment.cancel_asked", "cancel_asked_by=actor"),
    Told(
        "stripe_line",
        "stripe_line.booked stripe_line.unexplained stripe_line.explained stripe_line.reopened",
        "category=category refund_id=refund_id explanation_id=explanation_id",
        last=True,
    ),
    Told(
        "stripe_explanation",
        "stripe_explanation.proposed",
        "stripe_line_id=stripe_line_id belongs_to=belongs_to online_payment_id=online_payment_id"
        " refund_id=refund_id organisation_id=organisation_id amount_minor=amount_minor"
        " proposed_by=actor",
        whole=True,
    ),
    Told(
        "stripe_explanation",
        "stripe_explanation.approved stripe_explanation.rejected",
        "decided_by=actor decided_at=time explained_on=explained_on",
    ),
    Told("stripe_explanation", "stripe_explanation.withdrawn", "proposed_by=actor"),
    Told("stripe_explanation", "stripe_explanation.undone", "stripe_line_id=stripe_line_id"),
    Told(
        "stripe_explanation_undo",
        "stripe_explanation_undo.proposed",
        "explanation_id=explanation_id amount_minor=amount_minor proposed_by=actor",
        whole=True,
    ),
    Told(
        "stripe_explanation_undo",
        "stripe_explanation_undo.approved stripe_explanation_undo.rejected",
        "decided_by=actor decided_at=time undone_on=undone_on",
    ),
    Told("stripe_explanation_undo", "stripe_explanation_undo.withdrawn", "proposed_by=actor"),
    Told(
        "refund",
        "refund.proposed",
        "organisation_id=organisation_id number=number amount_minor=amount_minor"
        " payee_account=payee_sha256 online_payment_id=online_payment_id proposed_by=actor"
        " intended_on=day",
        whole=True,
    ),
    Told("refund", "refund.approved refund.rejected", "decided_by=actor"),
    Told("refund", "refund.failed", "failed_by=actor ended_on=day"),
    Told("refund", "refund.withdrawn", "proposed_by=actor ended_on=day"),
    Told(
        "refund",
        "refund.sent",
        "refund_list_id=refund_list_id stripe_refund_id=stripe_refund_id",
    ),
    Told(
        "refund",
        "refund.sent refund.told",
        "stripe_status=stripe_status",
        last=True,
        given="r.method = 'stripe'",
    ),
    Told("match", "match.matched match.proposed", "bank_line_id=bank_line_id matched_by=actor"),
    Told("match", "match.confirmed", "confirmed_by=actor"),
    Told("match", "match.undone", "undone_by=actor undone_on=day"),
    Told("bank_line", "bank_line.imported", "statement_id=statement_id"),
    Told(
        "statement",
        "statement.imported",
        "bank_account_id=bank_account_id file_id=file_id imported_by=actor",
        whole=True,
    ),
    Told(
        "statement_retraction",
        "statement_retraction.proposed",
        "bank_account_id=bank_account_id file_id=file_id lines=lines amount_minor=amount_minor"
        " proposed_by=actor",
        whole=True,
    ),
    Told(
        "statement_retraction",
        "statement_retraction.approved statement_retraction.rejected",
        "decided_by=actor decided_at=time",
    ),
    Told("bank_account", "bank_account.proposed", "proposed_by=actor"),
    Told("bank_account", "bank_account.approved bank_account.rejected", "decided_by=actor"),
    Told(
        "opening_balance",
        "opening_balance.prepared",
        "prepared_by=actor supplements=supplements file_id=file_id",
    ),
    Told("opening_balance", "opening_balance.approved", "approved_by=actor"),
)
