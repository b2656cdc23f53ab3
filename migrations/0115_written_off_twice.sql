-- What a chargeback's recovery gives back when a wrong match is undone is owed again beside what was
-- written off before, and is written off by itself: only what waits is one.

CREATE UNIQUE INDEX chargeback_write_off_waiting ON chargeback_write_off (chargeback_id)
    WHERE state = 'proposed';
DROP INDEX chargeback_write_off_live;
