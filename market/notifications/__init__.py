"""Notifications 通知: e-mail to the people whom an event concerns.

Words: notice 通知, letter 信件, audience 收件人范围. This room reads every other one and
changes none: it subscribes to the names of events and writes letters in the language of each
reader. The identity wing itself writes the letters that carry a token or belong to one act.

Invariants: a person is told of an event at most once, however often the job runs (the cause of
the mail is the event and the person); nobody is told of what he did himself; a letter names only
what its reader may see when signed in.
"""
