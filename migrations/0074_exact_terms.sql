-- A recognition number is of one contract: an exemption is claimed once.
CREATE UNIQUE INDEX recognition_number ON recognition (number);

-- As before, but the amount is of one currency, as the limit of direct orders is.
INSERT INTO policy (name, number, effective_on, body, source, state, proposed_by, decided_by)
VALUES
    ('matching', 2, '2000-01-01', '{"alone_up_to_minor": 10000, "currency": "CNY"}',
     '协会收款办法：一笔流水计入手续费或利息超过人民币100.00元的，以及计入其他币种的，须由第二人确认。 '
     'The association''s rules of collection: more than 100.00 yuan of one line booked as charges '
     'or interest, and any amount in another currency, is confirmed by a second person.',
     'approved', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001')
-- Where the association has a second version of its own, that one holds, in yuan.
ON CONFLICT (name, unit_id, number) DO NOTHING;
