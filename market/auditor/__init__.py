"""`market check`: the auditor.

It reads tables through ``base.db`` only and shares no rule with the application, so that a mistake
there is not made twice.

A check is one SQL statement whose rows are the faults; the seals alone need arithmetic outside
SQL. It runs as ``market_auditor``, in one snapshot, and only reads.
"""
