"""The same for contracts: their parts, their texts, their numbers."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import ANY, Change

TRADE: Final = (
    Change(
        "what an owner has of an agent's sale",
        "I11",
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
        "I4",
        "contract_text",
        "SELECT t.id FROM contract_text t JOIN signature USING (contract_id) ORDER BY 1 LIMIT 1",
        """ALTER TABLE contract_text DROP CONSTRAINT hash_is_of_the_body;
           UPDATE contract_text SET body = body || ' '::bytea WHERE id = '{id}'""",
    ),
    Change(
        "a signed text and the hash beside it",
        "I4",
        "contract_text",
        "SELECT t.id FROM contract_text t JOIN signature USING (contract_id) ORDER BY 1 LIMIT 1",
        """UPDATE contract_text SET body = body || ' '::bytea, sha256 = sha256(body || ' '::bytea)
           WHERE id = '{id}'""",
    ),
    Change(
        "a signature's hash",
        "I4",
        "signature",
        ANY.format("signature"),
        "UPDATE signature SET text_sha256 = sha256(text_sha256) WHERE id = '{id}'",
    ),
    Change(
        "a signature's authority",
        "I4",
        "signature",
        ANY.format("signature"),
        """UPDATE signature s SET authority_id = (SELECT a.id FROM signing_authority a
           WHERE a.person_id <> s.signer_id LIMIT 1) WHERE id = '{id}'""",
    ),
    Change(
        "a deleted signature",
        "I4",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        "DELETE FROM signature WHERE contract_id = '{id}' AND party = 'buyer'",
    ),
    Change(
        "a review by who wrote it",
        "I9",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE contract_review r SET reviewer_id = (SELECT person_id FROM contract_drafter d
           WHERE d.contract_id = r.contract_id LIMIT 1)
           WHERE contract_id = '{id}' AND stage = 'leader'""",
    ),
    Change(
        "a milestone's price",
        "I7",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE milestone SET price_minor = price_minor + 1, net_minor = net_minor + 1
           WHERE contract_id = '{id}' AND position = 1""",
    ),
    Change(
        "an instalment's VAT",
        "I7",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE instalment SET net_minor = net_minor - 1, vat_minor = vat_minor + 1
           WHERE contract_id = '{id}' AND position = 1""",
    ),
    Change(
        "a quantity",
        "I7",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE quantity_line SET quantity = 2, amount_minor = 2 * unit_price_minor
           WHERE contract_id = '{id}'""",
    ),
    Change(
        "a contract's VAT",
        "I11",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        """UPDATE contract SET net_minor = net_minor - 1, vat_minor = vat_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "an agent's commission",
        "I11",
        "contract",
        "SELECT id FROM contract WHERE capacity = 'agent' LIMIT 1",
        "UPDATE contract SET commission_ppm = commission_ppm + 100 WHERE id = '{id}'",
    ),
    Change(
        "a contract's number",
        "I14",
        "contract",
        "SELECT id FROM contract WHERE state = 'active' ORDER BY id LIMIT 1",
        "UPDATE contract SET number = number || '9' WHERE id = '{id}'",
    ),
    Change(
        "the number that comes next",
        "I14",
        "number_series",
        "SELECT name FROM number_series WHERE name LIKE 'contract:%' ORDER BY name LIMIT 1",
        "UPDATE number_series SET value = value + 1 WHERE name = '{id}'",
    ),
    Change(
        "an accepted milestone's net",
        "I11",
        "milestone",
        "SELECT id FROM milestone WHERE state = 'accepted' AND net_minor > 0 ORDER BY id LIMIT 1",
        """UPDATE milestone SET net_minor = net_minor + 1, price_minor = price_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "what an agent passes on",
        "I11",
        "milestone",
        "SELECT id FROM milestone WHERE owner_minor > 0 ORDER BY id LIMIT 1",
        """UPDATE milestone SET owner_minor = owner_minor + 1, price_minor = price_minor + 1
           WHERE id = '{id}'""",
    ),
    Change(
        "a deleted certificate",
        "I9",
        "contract",
        "SELECT id FROM contract WHERE state = 'completed' ORDER BY id LIMIT 1",
        """DELETE FROM acceptance_certificate a USING milestone m
           WHERE m.id = a.milestone_id AND m.contract_id = '{id}'""",
    ),
    Change(
        "an owner's share",
        "I7",
        "ip_right",
        ANY.format("ip_right"),
        "UPDATE right_owner SET share_ppm = share_ppm - 1 WHERE right_id = '{id}'",
    ),
    Change(
        "what a message says",
        "I4",
        "deal_message",
        ANY.format("deal_message"),
        "UPDATE deal_message SET body = body || '。' WHERE id = '{id}'",
    ),
    Change(
        "a file that a message never carried",
        "I4",
        "deal_message",
        ANY.format("deal_message"),
        """INSERT INTO deal_attachment (message_id, position, file_id)
           SELECT '{id}', 9, id FROM file LIMIT 1""",
    ),
    Change(
        "a deleted message",
        "I14",
        "deal",
        ANY.format("deal"),
        "DELETE FROM deal_message WHERE deal_id = '{id}' AND number = 1",
    ),
    Change(
        "whose message it is",
        "I9",
        "deal_message",
        ANY.format("deal_message"),
        """UPDATE deal_message SET organisation_id = (SELECT id FROM organisation LIMIT 1)
           WHERE id = '{id}'""",
    ),
    Change(
        "a mark beyond the last message",
        "I9",
        "deal_read_mark",
        "SELECT deal_id || ':' || person_id FROM deal_read_mark LIMIT 1",
        "UPDATE deal_read_mark SET number = 99 WHERE deal_id || ':' || person_id = '{id}'",
    ),
    Change(
        "who passed an imported offering",
        "I9",
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
        "I9",
        "search_hit",
        "SELECT search_id || ':' || uuidv7() FROM search_hit LIMIT 1",
        """INSERT INTO search_hit (search_id, subject_id)
           VALUES (split_part('{id}', ':', 1)::uuid, split_part('{id}', ':', 2)::uuid)""",
    ),
)
