"""Providers 服务单位: what the public reads of units and of the people who do the work.

Words: *provider page* 服务单位页, *expert page* 专家页, *public profile* 公开资料.

Invariants:
- A page shows published offerings, what was delivered by kind and month, averages of reviews and
  their texts: never a buyer, never a price that was agreed.
- A person is shown only after he agreed himself, signed in and not through a key, and only with
  the certificates that he chose; numbers stay with the register (个人信息保护法 articles 13, 15).
  Withdrawing deletes the consent at once. A group on the register is no person and is shown.
- Each page is one statement, of whatever is true now.
"""
