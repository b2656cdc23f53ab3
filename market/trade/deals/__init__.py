"""Deals 洽谈: the thread of messages between an enterprise and a unit about one thing.

Words: *deal* 洽谈 (the thread), *topic* 洽谈事项 (the offering, proposal or contract that
it is about), *message* 留言, *read mark* 已读标记.

Invariants:
- One deal for one topic, enterprise and unit.
- Messages are numbered in their order within the deal and never change.
- Whoever acts for one of the two organisations reads the deal; nobody else knows of it.
- A file attached to a message is read by both sides from then on.
- A read mark only moves forward, and only by its reader: writing marks nothing as read.
- A message's event keeps the hash of its body, so that a changed one is found.

- No deal is about a proposal before its opening, nor while its request is anonymous, and no message
  carries a file of a sealed proposal before its deadline: the database holds both.

The rooms above open a deal about what is theirs: this room knows none of them.
"""
