-- A statement whose file names no account is kept as such: when a file that names its account brings
-- lines that were taken into another account from such a file, the two would be counted twice.

ALTER TABLE statement ADD COLUMN nameless boolean NOT NULL DEFAULT false;
