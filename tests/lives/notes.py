"""What comes off invoices, and off the work that they are for."""

from __future__ import annotations

from tests.lives.model import Books, Invoice, Milestone, Note, Person, followed, require


class Notes(Books):
    """Invoices have one line; there are two milestones."""

    def propose_note(
        self,
        who: Person,
        invoice: Invoice,
        lines: list[tuple[int, int]],
        named: list[tuple[Milestone | None, int]],
    ) -> Note:
        """``lines``: of which line how much; none is all that is left. Invoices have one line.

        ``named``: from which milestones it comes off; none is the last first, accepted ones last.
        """
        self.may_propose(who)
        require(invoice.uncredited > 0, "nothing_left_to_credit")
        followed(invoice.state, "credit" if invoice.state == "paid" else "credit_part")
        for place, amount in lines:
            known = place == 1 and sum(place == other for other, _ in lines) == 1
            require(known, "credit_note_line_unknown")
            require(amount <= invoice.uncredited, "credit_note_line_has_less")
        amount = lines[0][1] if lines else invoice.uncredited
        vat = invoice.vat_in(invoice.credited + amount) - invoice.vat_in(invoice.credited)
        parts = self.parts_of(amount - vat, named)
        asked = (amount, [(id(one), net) for one, net in parts])
        if live := self.waiting(self.notes, invoice):
            require((live.by, live.asked) == (who.name, asked), "credit_note_already_proposed")
            return live  # type: ignore[no-any-return]
        made = Note(invoice, who.name, amount=amount, vat=vat, parts=parts, asked=asked)
        self.notes.append(self.born(made, "propose", "proposed"))
        return made

    def parts_of(
        self, net: int, named: list[tuple[Milestone | None, int]]
    ) -> list[tuple[Milestone, int]]:
        wanted = [one for one, _ in named]
        known = [one in self.milestones and wanted.count(one) == 1 for one in wanted]
        require(all(known), "credit_note_milestone_unknown")
        if named:
            adds_up = sum(off for _, off in named) == net
            require(adds_up, "credit_note_milestones_do_not_add_up")
            parts = [(one, off) for one, off in named if one is not None and off]
            self.require_left(parts)
        else:
            parts = []
            for one in sorted(self.milestones, key=self.gives_after):
                off = min(net, one.left)
                parts += [(one, off)] if off else []
                net -= off
        return sorted(parts, key=lambda part: self.milestones.index(part[0]))

    def gives_after(self, milestone: Milestone) -> tuple[bool, int]:
        return milestone.accepted, -self.milestones.index(milestone)

    def require_left(self, parts: list[tuple[Milestone, int]]) -> None:
        enough = all(off <= one.left for one, off in parts)
        require(enough, "credit_note_milestone_has_less")

    def approve_note(self, who: Person, note: Note) -> None:
        self.may_decide(who, note, "credit_note")
        if (note.state, note.decided_by) == ("issued", who.name):
            return
        require(note.state == "proposed", "wrong_move")
        invoice = note.invoice
        require(invoice.uncredited > 0, "nothing_left_to_credit")
        self.require_left(note.parts)
        offset = min(note.amount, invoice.open)
        settles = invoice.paid + invoice.offset + offset == invoice.amount
        name = "credit" if settles else "credit_part"
        followed(invoice.state, name)
        self.move(note, "approve", "issued")
        note.decided_by = who.name
        self.post("vat_deferred", "receivable", note.vat)
        for milestone, net in note.parts:
            milestone.credited += net
            where = "revenue" if milestone.accepted else "contract_position"
            self.post(where, "receivable", net)
        self.post("receivable", "customer_credit", note.amount - offset)
        invoice.credited += note.amount
        invoice.credited_vat += note.vat
        invoice.offset += offset
        self.move_invoice(invoice, name)
