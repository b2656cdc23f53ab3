"""The same for enterprise requests: their versions, their deadlines, their cards."""

from __future__ import annotations

from typing import Final

from tests.auditor.changes import Change

FIRST: Final = "SELECT min(request_id::text) FROM request_version"
CARD: Final = "SELECT id FROM request_card ORDER BY id LIMIT 1"
ANOTHER: Final = """INSERT INTO request_version
    SELECT (jsonb_populate_record(v, jsonb_build_object('number', v.number + 1, {}))).*
    FROM request_version v WHERE v.request_id = '{{id}}'"""

REQUESTS: Final = (
    Change(
        "a deleted version of a request",
        "I9 the versions of a request are numbered without gap up to the one that it shows",
        "enterprise_request",
        FIRST,
        "DELETE FROM request_version WHERE request_id = '{id}'",
    ),
    Change(
        "a deadline that was brought forward",
        "I9 a published deadline is never brought forward",
        "request_version",
        FIRST,
        ANOTHER.format(
            """'deadline', v.deadline - interval '1 second',
               'questions_until', v.questions_until - interval '1 second'"""
        ),
        names=":2",
    ),
    Change(
        "a version that came too late",
        "I9 no version and no question is later than the deadline that held then",
        "request_version",
        FIRST,
        ANOTHER.format("'published_at', v.deadline, 'deadline', v.deadline + interval '1 day'"),
        names=":2",
    ),
    Change(
        "a question that came too late",
        "I9 no version and no question is later than the deadline that held then",
        "request_question",
        "SELECT uuidv7()",
        """INSERT INTO request_question (id, request_id, question, asked_at)
           SELECT '{id}', id, '何时交付？', deadline FROM enterprise_request
           WHERE deadline IS NOT NULL LIMIT 1""",
    ),
    Change(
        "a request closed before its deadline",
        "I9 a request is closed at its deadline or later",
        "event",
        "SELECT min(id) FROM event WHERE name = 'enterprise_request.closed'",
        """UPDATE enterprise_request SET deadline = deadline + interval '1 year'
           WHERE id = (SELECT subject_id FROM event WHERE id = {id})""",
    ),
    Change(
        "a card of a request that is closed",
        "I9 a card belongs to an open request, and an anonymous one names no enterprise",
        "request_card",
        CARD,
        "UPDATE enterprise_request SET state = 'closed' WHERE id = '{id}'",
    ),
    Change(
        "a card that tells who wants to stay unknown",
        "I9 a card belongs to an open request, and an anonymous one names no enterprise",
        "request_card",
        CARD,
        "UPDATE enterprise_request SET secrecy = 'anonymous' WHERE id = '{id}'",
    ),
)
