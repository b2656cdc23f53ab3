-- What a bank kept of the money for an open item, which we bear and the item counts as paid.
ALTER TABLE opening_allocation ADD COLUMN charge_minor bigint NOT NULL DEFAULT 0
    CHECK (charge_minor >= 0);
