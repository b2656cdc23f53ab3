"""Passwords changed 更改密码: by a link in an e-mail when forgotten, or knowing the old one.

Words: reset 重设, change 更改.
Invariants: asking for a link gets the same answer whether or not anybody has that address; a link
works once, for one hour, and a new password ends all other sessions and links.
"""
