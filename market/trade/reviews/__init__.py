"""Reviews 互评: what the two parties of a completed contract say of each other.

Words: *review* 评价, *scores* 评分 (quality 质量, punctuality 准时, communication 沟通, each 1–5),
*answer* 回应, *window* 评价期, *hide* 隐藏.

Invariants:
- Once every milestone is accepted each party writes one review of the other, and may change it
  until both have written or the window (policy ``reviews``) is over. From then on it stands.
- Neither side reads the other's before that moment, and nobody else reads either.
- Whoever is reviewed answers once. An administrator above both hides a review, with a reason that
  both sides read; its scores no longer count, and the row stays.
- The public reads scores, text and answer, never who wrote them or of which contract.
"""
