"""What Stripe sends 事件: verified, kept as it came, answered at once, and read later.

An event is never acted on. It says which object is worth reading anew, and the worker reads that
from Stripe: so order, doubles and losses do not matter. What is not ours is parked. Kept for 60
days, twice as long as Stripe ever sends one again.
"""
