"""The catalogue: what units offer, reviewed before it is published, as the public reads it.

Words: *offering* 服务项目, *terms* 项目内容 (everything that a version says), *draft* 草稿,
*revision* 修订 (a draft beside a published version), *review* 技术审核, *version* 版本, *card*
目录卡片 (the finished JSON of a published offering), *facets* 分面统计 (how many there are of each
kind, field, region and so on).

Invariants:
- Nothing is published but by a review of somebody who neither wrote it nor will do the work.
- A published version never changes. A change is a revision, which passes its own review and then
  becomes the next number; contracts pin (offering_id, number).
- While no revision is open, the terms on the offering equal those of its published version.
- A card exists exactly while its offering is published; it is written in the same transaction, with
  what search finds it by.
- An offering of a transfer is published only while its right is settled, and suspended when the
  right lapses, is disputed, or loses an owner's consent.
"""
