"""Landings: the pages that the links in mails open, for people who have no other way in.

Words: invitation 邀请, password reset 重设密码. The token stands behind ``#`` in the address, so
that no server and no log gets it by opening the page; the page sends it to the API in a body.
Nothing is loaded from elsewhere, nothing runs inline.
"""
