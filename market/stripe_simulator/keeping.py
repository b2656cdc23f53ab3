"""A simulator that outlives its process: its whole state in one file, after every change."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

from market.stripe_simulator.simulator import Simulator


def keep(simulator: Simulator, place: Path) -> None:
    """Written whole beside it and renamed, so that no reader finds half of it."""
    new = place.with_name(f"{place.name}.new")
    state = (simulator.address, simulator.clock, simulator.accounts, simulator.postman.bag)
    # It holds the secrets of the endpoints: for its owner's eyes alone, from the first byte.
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        pickle.dump(state, file)
    new.replace(place)


def resume(place: Path) -> Simulator:
    """The simulator that was kept there, at the address that its pages name."""
    # It stands in a folder that only its owner writes to, as the database beside it does.
    address, clock, accounts, bag = pickle.loads(place.read_bytes())  # noqa: S301
    simulator = Simulator(address)
    simulator.clock, simulator.accounts = clock, accounts
    simulator.postman.bag = bag
    for account in accounts.values():
        account.running.clear()  # nobody works on these any more
    return simulator
