"""Open items 未清项 of the receivables that books began with: what is still owed from before.

A bank line pays them by hand, in part too; what is paid of an item is the sum of what was
allocated to it and not taken back, and never more than its amount.
"""
