-- What a line may be is reckoned whenever it is read; what was found once is read by nobody.

DROP TABLE suggestion;
