"""Own bank accounts 本单位账户, the statements 对账单 imported for them, their lines 银行流水.

The bank's own file is the truth: it is kept as it came, its opening balance and its lines must give
its closing balance to the last fen, and each line is taken once, however often or in whatever
overlapping pieces the files arrive. A day goes on only from all that is known of it; the same
movements in another format are refused (``chain``). Every line posts on ``bank`` against
``suspense`` 待查款 in the import's own transaction; what it pays is decided later, by a match. An
import that went into the wrong account is taken back whole (``retracting``).

``formats`` reads the files, purely. A new account is proposed by finance and approved by a leader.
"""
