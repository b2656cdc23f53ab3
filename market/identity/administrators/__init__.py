"""Administrators 管理员: the first people of a new market, made on the server's own shell.

Whoever may run commands there owns the market anyway, so no other approval is asked for; the act is
recorded like any other. It is meant to be run for two people: one administrator proposes a money
role, the other approves it.
"""
