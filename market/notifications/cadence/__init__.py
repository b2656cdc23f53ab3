"""Cadence 通知频率: being told of what can wait at once, once a day, or never by e-mail.

Words: *cadence* 通知频率, *daily letter* 每日汇总, *waiting notice* 待汇总通知 (what the next daily
letter tells). Invariants: nobody is told twice of one message; while somebody has unread messages
in a deal, further ones bring no further letter at once; a day that the worker missed is told with
the next daily letter; what was read meanwhile, or is no longer its reader's, is left out of it.
"""
