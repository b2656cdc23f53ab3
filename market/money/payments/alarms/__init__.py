"""Alarms 截止提醒: that evidence against a chargeback comes due, or has been due.

Words: due day 截止时间, stage 提醒阶段 (first, second, last, passed).

- By the policy "chargeback_alarms" a daily job tells finance of a due day that comes near, in
  working days up to the last one with office hours before evidence is due, and once that it has
  passed, until evidence has reached the bank. A job that was away raises the most urgent stage that
  is reached, and no other.
"""
