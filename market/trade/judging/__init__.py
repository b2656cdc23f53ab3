"""Judging 评审: how opened proposals are scored by several people, and what their scores come to.

Words: *evaluation* 评审, *judge* 评委, *to declare* 声明无利害关系, *to recuse* 回避,
*to remove* 撤换, *round* 轮次, *criterion* 评分项 (price 价格, plan 方案, qualification 资质,
time 时间), *spread* 分歧, *result* 评审结果, *comparison* 比较表.

Invariants:
- An evaluation begins once its request is closed. Judges are named then, not earlier, because who
  may judge depends on who bid, and who bid is sealed until the deadline.
- A judge is a person of the buyer or an expert on a unit's register; whoever has to do with a
  bidder or with the unit that keeps its books is refused, and whoever left the buyer or the
  register: when he is named, declares, reads or scores, and when the round ends, which removes him.
- The buyer removes a judge with a reason while scores are sealed; once earlier points of his are
  known, only one who may judge no more. Nobody of the buyer with an interest acts here or reads.
- Plan, qualification and time get whole points from 0 to 100 by each judge; the points for the
  price are 100 × lowest price ÷ this price. All are exact until they are shown, in hundredths of a
  point, halves up; nothing here is a float. Exact totals decide; a tie goes to the lower price,
  then to the earlier submission: never to chance.
- Nobody reads another's scores, the buyer neither, before all have scored or the buyer ends the
  round. Then the results stand for ever; a later round makes its own.
"""
