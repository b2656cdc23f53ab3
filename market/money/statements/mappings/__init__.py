"""Column mappings 列对照: how one layout of one bank's export is read, as data.

The market's own serve everyone; a unit adds further ones for its books, so that a new bank needs no
program. A unit's own are tried before the market's, the particular before the general.
"""
