-- Search: what published offerings are found by, and fewer, wider indexes for their cards.

ALTER TABLE offering_card ADD COLUMN title_key text COLLATE "C" NOT NULL DEFAULT '';

-- An index for each pair of filters cost four times as much to keep as these. Every filter now stands
-- behind the key of each order, so that rows that do not match are passed over inside the index; filters
-- that may be rare have an index that begins with them.
DO $$
DECLARE old regclass;
BEGIN
    FOR old IN SELECT indexrelid FROM pg_index
               WHERE indrelid = 'offering_card'::regclass AND NOT indisprimary LOOP
        EXECUTE 'DROP INDEX ' || old;
    END LOOP;
END $$;
CREATE INDEX ON offering_card (published_at, id, kind, price_band, technical_field, industry,
    region, unit_id);
CREATE INDEX ON offering_card (technical_field, published_at, id, kind, price_band, industry,
    region, unit_id);
CREATE INDEX ON offering_card (industry, published_at, id, kind, price_band, technical_field,
    region, unit_id);
CREATE INDEX ON offering_card (region, published_at, id, kind, price_band, technical_field,
    industry, unit_id);
CREATE INDEX ON offering_card (unit_id, published_at, id, kind, price_band, technical_field,
    industry, region);
CREATE INDEX ON offering_card (price_band, published_at, id, kind, technical_field, industry,
    region, unit_id);
CREATE INDEX ON offering_card (price_key, id, kind, price_band, technical_field, industry, region,
    unit_id);
CREATE INDEX ON offering_card (title_key, id, kind, price_band, technical_field, industry, region,
    unit_id);

-- What full-text search reads, apart from the card because a stored tsvector makes a row long. Of
-- published offerings alone, hence without row-level security, under which a GIN index is lost.
-- levels: codes of the skill levels that certificates of those who do the work stand for.
CREATE TABLE offering_search (
    id uuid PRIMARY KEY REFERENCES offering_card ON DELETE CASCADE,
    published_at timestamptz NOT NULL,
    price_key bigint NOT NULL,
    title_key text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    price_band text NOT NULL,
    technical_field text NOT NULL,
    industry text NOT NULL,
    region text NOT NULL,
    unit_id uuid NOT NULL,
    levels text[] NOT NULL,
    tsv tsvector NOT NULL
);
CREATE INDEX ON offering_search (published_at, id, kind, price_band, technical_field, industry,
    region, unit_id, levels);
CREATE INDEX ON offering_search (price_key, id);
CREATE INDEX ON offering_search (title_key, id);
CREATE INDEX ON offering_search USING gin (tsv);
GRANT SELECT, INSERT, UPDATE ON offering_search TO market_app;
