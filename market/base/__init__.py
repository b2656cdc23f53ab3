"""What every room stands on: settings, the database, errors, access, events, files, mail.

It imports no other room. Here nothing is known of offerings, contracts or money.
"""
