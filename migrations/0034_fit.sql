-- Fit 匹配: how well what a unit offers answers what an enterprise asks. The rule is a policy.

-- How busy a unit is: its contracts in force, and the members on its register. Counts alone, for
-- those who see neither.
CREATE FUNCTION unit_load(unit uuid, OUT running bigint, OUT members bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (SELECT count(*) FROM contract c
            WHERE c.provider_unit_id = unit_load.unit AND c.state = 'active'),
           (SELECT count(*) FROM member m
            WHERE m.unit_id = unit_load.unit AND m.state = 'enrolled')
$$;
REVOKE EXECUTE ON FUNCTION unit_load(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unit_load(uuid) TO market_app;

INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('fit', 1, '2000-01-01',
     '{"weights": {"field": 30, "words": 30, "region": 10, "level": 10, "load": 10, "price": 10},
       "field": {"field_and_kind": 100, "field": 60, "industry": 30},
       "region": {"same": 100, "city": 70, "province": 40},
       "contracts_a_member": 2, "unpriced": 50}',
     '协会供需匹配办法：领域、文字、地区、等级、负荷、价格六项加权。 The association''s rule of matching: field, words, '
     'region, level, load and price, weighted.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001');
