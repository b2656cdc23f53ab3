"""Rights 知识产权: what a transfer offering points to, who owns it and whether he agrees.

Words: *right* 知识产权 (invention patent 发明专利, utility model 实用新型, software copyright
软件著作权, know-how 技术秘密 …), *owner* 权利人, *consent* 权利人同意, *legal state* 法律状态.

Invariants:
- A right has a number at its office; know-how has the SHA-256 of its sealed description instead.
  Number and hash are unique, so that nobody offers the same thing twice.
- The owners' shares sum to the whole.
- An owner who can sign in consents himself; for others a clerk of the managing unit records the
  signed paper, kept as a file.
- A right is *settled* 权属清楚 when it is in force and every owner consents. Only then may an
  offering that points to it be published.
"""
