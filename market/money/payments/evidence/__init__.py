"""Evidence 拒付证据: what a unit has to say against a chargeback, until the day that it counts.

Words: evidence 证据 (texts and files under Stripe's own names), submission 提交, due day 截止时间.

- Finance of the unit writes it and uploads its files, as often as it likes, until it is submitted
  or due; what is missing for the reason that the payer's bank gave is told, and forbids nothing.
- Stripe takes evidence once. A submission is a row; the worker uploads each file under that row's
  key, then tells Stripe of all in one call under a key of its own. A call without an answer leaves
  it ``unknown``: the chargeback is read at Stripe before the call is made again.
- What Stripe refuses is a draft again, with Stripe's word for why; nothing of it is lost.
- It moves no money and its due day is near, so that one person sends it: he is there himself, has
  read what he sends, and has no role at the payer. Who has one does not read it either.
- An inquiry 查询, with which a bank asks before it takes money, is not followed: nothing of it is a
  line of the balance. It is answered on Stripe's own pages.
"""
