-- Offerings that a unit's reviewer passed elsewhere are imported as published: a birth of its own.

INSERT INTO legal_move (subject, move, state_from, state_to) VALUES
    ('offering', 'import', NULL, 'published');
