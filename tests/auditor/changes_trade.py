"""The same for contracts: their parts, their texts, their numbers."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, Change

TRADE: Final = (
    Change(
        "what an owner has of an agent's sale",
        "I11 when all milestones of an agent are accepted, and none credited, each owner has",
        "contract",
        """SELECT id FROM contract WHERE capacity = 'agent' AND state = 'completed'
           ORDER BY id LIMIT 1""",
        """UPDATE transfer SET amount_minor = amount_minor + 1 WHERE id = (
               SELECT t.id FROM transfer t JOIN account k ON k.id = t.credit_account
               JOIN posting p ON p.id = t.posting_id JOIN milestone m
                   ON p.cause = 'milestone_accepted:' || m.id AND m.contract_id = '{id}'
               WHERE k.kind = 'owner_payable' LIMIT 1)""",
    ),
    Change(
        "a signed text",
        "I4 a text has the hash that is kept beside it and the one that was signed",
        "contract_text",
        "SELECT t.id FROM contract_text t JOIN signature USING (contract_id) ORDER BY 1 LIMIT 1",
        """ALTER TABLE contract_text DROP CONSTRAINT hash_is_of_the_body;
           UPDATE contract_text SET body = body || ' '::bytea WHERE id = '{id}'""",
    ),
    Change(
        "a signed text and the hash beside it",
        "I4 a text has the hash that is kept beside it and the one that was signed",
        "contract_text",
        "SELECT t.id FROM contract_text t JOIN signature USING (contract_id) ORDER BY 1 LIMIT 1",
        """UPDATE contract_text SET body = body || ' '::bytea, sha256 = sha256(body || ' '::bytea)
           WHERE id = '{id}'""",
    ),
    Change(
        "a signature's hash",
        "I4 a signature is over the contract's text",
        "signature",
        ANY.format("signature"),
        "UPDATE signature SET text_sha256 = sha256(text_sha256) WHERE id = '{id}'",
    ),
    Change(
        "a signature's authority",
        "I4 a signature stands on an authority of its signer for its party",
        "signature",
        ANY.format("signature"),
        """UPDATE signature s SET authority_id = (SELECT a.id FROM signing_authority a
           WHERE a.person_id <> s.signer_id LIMIT 1) WHERE id = '{id}'""",
    ),
    Change(
        "a deleted signature",
        "I4 a contract in force is signed by both parties, by two people",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        "DELETE FROM signature WHERE contract_id = '{id}' AND party = 'buyer'",
    ),
    Change(
        "a review by who wrote it",
        "I9 a numbered contract was passed by three people who did not write in it",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE contract_review r SET reviewer_id = (SELECT person_id FROM contract_drafter d
           WHERE d.contract_id = r.contract_id LIMIT 1)
           WHERE contract_id = '{id}' AND stage = 'leader'""",
    ),
    Change(
        "a milestone's price",
        "I7 milestones sum to the contract: price, net, VAT",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE milestone SET price_minor = price_minor + 1, net_minor = net_minor + 1
           WHERE contract_id = '{id}' AND position = 1""",
    ),
    Change(
        "an instalment's VAT",
        "I7 instalments sum to the contract: amount, net, VAT",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE instalment SET net_minor = net_minor - 1, vat_minor = vat_minor + 1
           WHERE contract_id = '{id}' AND position = 1""",
    ),
    Change(
        "a quantity",
        "I7 quantity lines sum to the contract's total, each is quantity times price",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE quantity_line SET quantity = 2, amount_minor = 2 * unit_price_minor
           WHERE contract_id = '{id}'""",
    ),
    Change(
        "a contract's VAT",
        "I11 a contract's net follows from its total and rate",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE contract SET net_minor = net_minor - 1, vat_minor = vat_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "an agent's commission",
        "I11 an agent's commission is the agreed share of the total",
        "contract",
        "SELECT id FROM contract WHERE capacity = 'agent' LIMIT 1",
        "UPDATE contract SET commission_ppm = commission_ppm + 100 WHERE id = '{id}'",
    ),
    Change(
        "a contract's number",
        "I14 contract numbers have no gap",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        "UPDATE contract SET number = number || '9' WHERE id = '{id}'",
    ),
    Change(
        "the number that comes next",
        "I14 the last contract number is the one that its series stands at",
        "number_series",
        "SELECT name FROM number_series WHERE name LIKE 'contract:%' ORDER BY name LIMIT 1",
        "UPDATE number_series SET value = value + 1 WHERE name = '{id}'",
    ),
    Change(
        "an accepted milestone's net",
        "I11 the net price of each accepted milestone, less what was credited before, is its",
        "milestone",
        "SELECT id FROM milestone WHERE state = 'accepted' AND net_minor > 0 ORDER BY id LIMIT 1",
        """UPDATE milestone SET net_minor = net_minor + 1, price_minor = price_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "what an agent passes on",
        "I11 what an accepted milestone passes on, less what was credited before, is all that",
        "milestone",
        "SELECT id FROM milestone WHERE owner_minor > 0 ORDER BY id LIMIT 1",
        """UPDATE milestone SET owner_minor = owner_minor + 1, price_minor = price_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "a deleted certificate",
        "I9 a contract is completed when all its milestones are accepted, each with a",
        "contract",
        "SELECT id FROM contract WHERE state = 'completed' ORDER BY id LIMIT 1",
        """DELETE FROM acceptance_certificate a USING milestone m
           WHERE m.id = a.milestone_id AND m.contract_id = '{id}'""",
    ),
    Change(
        "an owner's share",
        "I7 the owners' shares of a right sum to the whole",
        "ip_right",
        ANY.format("ip_right"),
        "UPDATE right_owner SET share_ppm = share_ppm - 1 WHERE right_id = '{id}'",
    ),
    Change(
        "what a message says",
        "I4 a message says what was sent, with the files that were sent",
        "deal_message",
        ANY.format("deal_message"),
        "UPDATE deal_message SET body = body || '。' WHERE id = '{id}'",
    ),
    Change(
        "a file that a message never carried",
        "I4 a message says what was sent, with the files that were sent",
        "deal_message",
        ANY.format("deal_message"),
        """INSERT INTO deal_attachment (message_id, position, file_id)
           SELECT '{id}', 9, id FROM file LIMIT 1""",
    ),
    Change(
        "a deleted message",
        "I14 the messages of a deal are numbered without gap, up to its own count",
        "deal",
        ANY.format("deal"),
        "DELETE FROM deal_message WHERE deal_id = '{id}' AND number = 1",
    ),
    Change(
        "whose message it is",
        "I9 the two sides alone write in a deal, and nobody has read further than it goes",
        "deal_message",
        ANY.format("deal_message"),
        """UPDATE deal_message SET organisation_id = (SELECT id FROM organisation LIMIT 1)
           WHERE id = '{id}'""",
    ),
    Change(
        "a mark beyond the last message",
        "I9 the two sides alone write in a deal, and nobody has read further than it goes",
        "deal_read_mark",
        "SELECT deal_id || ':' || person_id FROM deal_read_mark LIMIT 1",
        "UPDATE deal_read_mark SET number = 99 WHERE deal_id || ':' || person_id = '{id}'",
    ),
    Change(
        "who passed an imported offering",
        "I9 a row of offering_version says what offering.imported told of it",
        "offering_version",
        """SELECT v.id FROM offering_version v JOIN event e ON e.subject_id = v.offering_id
           WHERE e.name = 'offering.imported'""",
        """ALTER TABLE offering_version DISABLE TRIGGER append_only;
           UPDATE offering_version SET published_by = (SELECT max(id::text)::uuid FROM person)
           WHERE id = '{id}';
           ALTER TABLE offering_version ENABLE TRIGGER append_only""",
    ),
    Change(
        "a find that was never published",
        "I9 what a saved search found was published to everybody",
        "search_hit",
        "SELECT search_id || ':' || uuidv7() FROM search_hit LIMIT 1",
        """INSERT INTO search_hit (search_id, subject_id)
           VALUES (split_part('{id}', ':', 1)::uuid, split_part('{id}', ':', 2)::uuid)""",
    ),
    Change(
        "what a contract costs besides its text",
        "I4 a text states its contract's number and total",
        "contract_text",
        """SELECT t.id FROM contract_text t JOIN contract c ON c.id = t.contract_id
           WHERE c.state = 'active' AND c.currency = 'CNY' AND NOT c.free ORDER BY 1 LIMIT 1""",
        """UPDATE contract SET total_minor = total_minor + 1, net_minor = net_minor + 1
           WHERE id = (SELECT contract_id FROM contract_text WHERE id = '{id}')""",
    ),
    Change(
        "a contract's total that its parts do not make",
        "I7 a contract's total is net + VAT + what is passed on",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """ALTER TABLE contract DROP CONSTRAINT price_is_net_vat_and_owner;
           UPDATE contract SET total_minor = total_minor + 1 WHERE id = '{id}'""",
    ),
    Change(
        "the stamp duty of a contract",
        "I11 stamp duty is the policy's share of the whole price without VAT",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE transfer SET amount_minor = amount_minor + 1 WHERE id = (
               SELECT t.id FROM transfer t JOIN posting p ON p.id = t.posting_id
               JOIN account k ON k.id = t.credit_account AND k.kind = 'stamp_duty_payable'
               WHERE p.cause = 'contract_signed:{id}')""",
    ),
    Change(
        "what is left on a contract that is done and invoiced",
        "I12 a completed, fully invoiced contract's position is zero",
        "contract",
        """SELECT id FROM contract c WHERE state = 'completed' AND NOT EXISTS (
               SELECT FROM instalment i WHERE i.contract_id = c.id AND NOT EXISTS (
                   SELECT FROM invoice v WHERE v.instalment_id = i.id AND v.state <> 'void'))
           ORDER BY id LIMIT 1""",
        """UPDATE transfer SET amount_minor = amount_minor + 1 WHERE id = (
               SELECT max(t.id) FROM transfer t JOIN account a ON a.id = t.debit_account
               WHERE a.kind = 'contract_position' AND a.subject = '{id}')""",
    ),
    Change(
        "when a milestone is due that was agreed in working days",
        "I9 a milestone that is due in days is due so many after its contract came in force",
        "milestone",
        """SELECT id FROM milestone WHERE due_unit = 'working_days' AND due_on IS NOT NULL
           ORDER BY id LIMIT 1""",
        "UPDATE milestone SET due_on = due_on + 1 WHERE id = '{id}'",
    ),
    Change(
        "how many days a milestone was given",
        "I9 a milestone that is due in days is due so many after its contract came in force",
        "milestone",
        """SELECT id FROM milestone WHERE due_unit = 'calendar_days' AND due_on IS NOT NULL
           ORDER BY id LIMIT 1""",
        "UPDATE milestone SET due_days = due_days + 1 WHERE id = '{id}'",
    ),
)
