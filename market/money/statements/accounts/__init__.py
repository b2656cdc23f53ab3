"""Own bank accounts 本单位账户: where a unit's money lies.

Four eyes: finance proposes an account of its books, a leader of the unit or of its parent, another
person, approves or rejects it. Statements are imported for approved accounts only; the account's id
is the subject of its account ``bank`` in the ledger. A number stands once for each currency.
"""
