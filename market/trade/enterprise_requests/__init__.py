"""Enterprise requests: what enterprises need, asked of everybody, of some, or without a name.

Words: *enterprise request* 企业需求, *secrecy* 公开方式 (public 公开, invited 邀请, anonymous
匿名), *sealed* 密封, *deadline* 截止时间, *question* 提问, *answer* 答复, *invitee* 受邀单位,
*card* 需求卡片 (the finished JSON of an open request that is not by invitation).

Invariants:
- From its deadline on an open request is closed, whether or not the job has written it down:
  ``state`` is always read as of now.
- A published version never changes. A change or an answer is the next number, and all who follow
  the request are told. The deadline is never brought forward;
  kind, secrecy, seal and currency stay.
- Nobody outside learns whose an anonymous request is before the award, and nobody at all who asked
  a question but the asker's own side; files of an anonymous request are numbered, not named.
- Whoever asks for something sealed before its time is noted for ever, by the id as he sent it.

The seam to proposals: ``operations.lock_request`` for the buyer's acts (evaluate, award),
``queries.share_request`` for a bidder's; ``request_is_over(id)`` in SQL opens what was sealed, and
``sealed.note_attempt`` notes who came too early.
"""
