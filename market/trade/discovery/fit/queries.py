"""The SQL of fit: candidates with what is compared, in one statement each."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from market.base import policies
from market.base.db import Connection, columns
from market.trade.discovery.fit.model import Candidate, Rules
from market.trade.enterprise_requests.model import EnterpriseRequest

MOST_READ: Final = 500
MOST_OF_EACH: Final = 200


async def rules(conn: Connection) -> Rules:
    """The policies in force today, in one round trip."""
    found = await policies.in_force(conn, "fit", "skill_levels")
    return Rules(found["fit"], found["skill_levels"])


async def requests_for(conn: Connection, unit_id: UUID) -> list[Candidate]:
    """Open requests that share a field, an industry or a word with what the unit offers.

    The newest of each: a unit may have imported thousands of offerings.
    """
    records = await conn.fetch(
        f"""WITH offered AS (
                SELECT c.kind, c.technical_field, c.industry, c.region, c.price_key, s.levels, s.tsv
                FROM offering_card c JOIN offering_search s USING (id) WHERE c.unit_id = $1
                ORDER BY c.published_at DESC, c.id DESC LIMIT $2
            ), known AS (
                SELECT DISTINCT t.lexeme FROM offered o, unnest(o.tsv) AS t
            ), unit AS (
                SELECT ARRAY(SELECT DISTINCT region FROM offered ORDER BY 1) AS regions,
                       ARRAY(SELECT DISTINCT unnest(levels) FROM offered ORDER BY 1) AS levels,
                       l.running, l.members FROM unit_load($1) AS l
            ), asked AS (
                SELECT c.id, c.item, c.published_at, c.kind, c.technical_field, c.industry,
                       c.region, r.currency, r.budget_to_minor,
                       tsvector_to_array(ts_filter(s.tsv, '{{a}}')) AS words
                FROM request_card c JOIN request_search s USING (id)
                JOIN enterprise_request r USING (id)
                WHERE c.deadline > (SELECT market_now())
                ORDER BY c.published_at DESC, c.id DESC LIMIT $2
            ), compared AS (
                SELECT a.id, a.item, a.published_at,
                       EXISTS (SELECT FROM offered o WHERE o.kind = a.kind
                               AND o.technical_field = a.technical_field) AS same_kind,
                       EXISTS (SELECT FROM offered o WHERE o.technical_field = a.technical_field)
                           AS same_field,
                       EXISTS (SELECT FROM offered o WHERE o.industry = a.industry)
                           AS same_industry,
                       cardinality(a.words) AS asked,
                       ARRAY(SELECT w FROM unnest(a.words) AS w
                             WHERE w IN (SELECT lexeme FROM known)) AS shared,
                       a.region AS request_region, u.regions, u.levels, u.running, u.members,
                       (SELECT min(o.price_key) FROM offered o
                        WHERE o.technical_field = a.technical_field) AS price_key,
                       a.budget_to_minor, a.currency = 'CNY' AS in_yuan
                FROM asked a CROSS JOIN unit u)
            SELECT {columns(Candidate)} FROM compared
            WHERE same_field OR same_industry OR shared <> '{{}}'""",
        unit_id,
        MOST_READ,
    )
    return [Candidate(*record) for record in records]


async def offerings_for(
    conn: Connection, request: EnterpriseRequest, title: str, any_word: str
) -> list[Candidate]:
    """The newest offerings that share a word of the title, and the newest of its field and kind.

    ``title``: its words as a tsvector's text; ``any_word``: a tsquery's, which one word satisfies.
    """
    records = await conn.fetch(
        f"""WITH asked AS (
                SELECT tsvector_to_array($1::text::tsvector) AS words
            ), candidate AS (
                (SELECT id FROM newest_matching(NULL, ARRAY[$2::text::tsquery], 'infinity',
                     'ffffffff-ffff-ffff-ffff-ffffffffffff', $3))
                UNION
                (SELECT id FROM offering_card WHERE technical_field = $4 AND kind = $5
                 ORDER BY published_at DESC, id DESC LIMIT $3)
            ), offered AS (
                SELECT c.id, c.item, c.published_at, c.kind, c.technical_field, c.industry,
                       c.region, c.unit_id, c.price_key, s.levels, tsvector_to_array(s.tsv) AS words
                FROM candidate JOIN offering_card c USING (id) JOIN offering_search s USING (id)
            ), busy AS (
                SELECT u.unit_id, l.running, l.members
                FROM (SELECT DISTINCT unit_id FROM offered) AS u, unit_load(u.unit_id) AS l
            ), compared AS (
                SELECT o.id, o.item, o.published_at, o.kind = $5 AS same_kind,
                       o.technical_field = $4 AS same_field, o.industry = $6 AS same_industry,
                       cardinality(a.words) AS asked,
                       ARRAY(SELECT w FROM unnest(a.words) AS w WHERE w = ANY (o.words)) AS shared,
                       $7::text AS request_region, ARRAY[o.region] AS regions, o.levels, b.running,
                       b.members, o.price_key, $8::bigint AS budget_to_minor,
                       $9::boolean AS in_yuan
                FROM offered o CROSS JOIN asked a JOIN busy b USING (unit_id))
            SELECT {columns(Candidate)} FROM compared""",
        title,
        any_word,
        MOST_OF_EACH,
        request.technical_field,
        request.kind,
        request.industry,
        request.region,
        request.budget_to_minor,
        request.currency == "CNY",
    )
    return [Candidate(*record) for record in records]
