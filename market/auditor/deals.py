"""Deals: their messages are all there, as they were sent, and nobody has read what is not there."""

from typing import Final

from market.auditor.model import Check

CHECKS: Final = (
    Check(
        "I14",
        "洽谈的留言编号连续，且总数相符",
        "the messages of a deal are numbered without gap, up to its own count",
        """SELECT 'deal', d.id::text, 'counts ' || d.messages || ', has ' || count(m.number)
                  || ', the last ' || coalesce(max(m.number), 0)
           FROM deal d LEFT JOIN deal_message m ON m.deal_id = d.id
           GROUP BY d.id, d.messages
           HAVING (d.messages, d.messages::bigint) <> (coalesce(max(m.number), 0), count(m.number))
        """,
    ),
    Check(
        "I4",
        "留言正文和附件与发送时一致",
        "a message says what was sent, with the files that were sent",
        """SELECT 'deal_message', m.id::text, concat_ws(', ',
                  CASE WHEN s.body <> s.sent_body THEN 'another body' END,
                  CASE WHEN s.files <> s.sent_files THEN 'other files' END)
           FROM deal_message m
           JOIN event e ON e.name = 'deal.message_sent' AND e.subject_id = m.deal_id
                           AND e.changed->>'message' = m.id::text
           CROSS JOIN LATERAL (
               SELECT encode(sha256(convert_to(m.body, 'UTF8')), 'hex') AS body,
                      e.changed->>'body_sha256' AS sent_body, e.changed->'files' AS sent_files,
                      coalesce((SELECT jsonb_agg(a.file_id ORDER BY a.position)
                                FROM deal_attachment a WHERE a.message_id = m.id), '[]') AS files
           ) AS s
           WHERE s.body <> s.sent_body OR s.files <> s.sent_files""",
    ),
    Check(
        "I9",
        "留言只由洽谈双方书写，已读标记不超过留言总数",
        "the two sides alone write in a deal, and nobody has read further than it goes",
        """SELECT 'deal_message', m.id::text, 'written by ' || m.organisation_id
           FROM deal_message m JOIN deal d ON d.id = m.deal_id
           WHERE m.organisation_id NOT IN (d.enterprise_id, d.unit_id)
           UNION ALL
           SELECT 'deal_read_mark', k.deal_id || ':' || k.person_id,
                  'read up to ' || k.number || ' of ' || d.messages
           FROM deal_read_mark k JOIN deal d ON d.id = k.deal_id
           WHERE k.number > d.messages
              OR k.organisation_id NOT IN (d.enterprise_id, d.unit_id)""",
    ),
)
