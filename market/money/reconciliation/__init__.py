"""Reconciliation 对账: what the bank says against what was expected.

``matching`` explains bank lines by invoices and other items; whatever it does not explain stays in
suspense 待查款 with its reason. ``retractions`` take back an import that went into the wrong
account.
"""
