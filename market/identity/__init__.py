"""Who is who: people, organisations and their tree, roles, members, sessions, keys, approvals.

The rooms stand on each other in this order: people, passwords, organisations, units, approvals,
roles, authorities, invitations, enterprises, administrators, members, sessions, keys, resets,
erasure, policies.
"""
