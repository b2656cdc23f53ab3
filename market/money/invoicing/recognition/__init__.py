"""Recognition 认定登记: the authority's number under which a contract's VAT exemption holds.

The unit's finance copies number, date and paper by hand. It may be mended (with If-Match) until
the first exempt invoice stands on it.
"""
