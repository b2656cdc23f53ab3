"""Who may call which route: one module a room, joined here by operation id."""

from typing import Final

from tests.access.entries import (
    about,
    awards,
    catalogue,
    contracts,
    deals,
    discovery,
    enterprise_requests,
    enterprises,
    files,
    invitations,
    invoicing,
    ledger,
    members,
    organisations,
    payments,
    people,
    performance,
    policies,
    proposals,
    reconciliation,
    reports,
    reviews,
    rights,
    roles,
    sessions,
    statements,
    units,
)
from tests.access.entry import AnyEntry

ROOMS: Final = (
    about.ENTRIES,
    sessions.ENTRIES,
    people.ENTRIES,
    organisations.ENTRIES,
    enterprises.ENTRIES,
    units.ENTRIES,
    invitations.ENTRIES,
    roles.ENTRIES,
    members.ENTRIES,
    policies.ENTRIES,
    files.ENTRIES,
    ledger.ENTRIES,
    deals.ENTRIES,
    discovery.ENTRIES,
    rights.ENTRIES,
    catalogue.ENTRIES,
    enterprise_requests.ENTRIES,
    proposals.ENTRIES,
    awards.ENTRIES,
    contracts.ENTRIES,
    performance.ENTRIES,
    reviews.ENTRIES,
    invoicing.ENTRIES,
    statements.ENTRIES,
    payments.ENTRIES,
    reconciliation.ENTRIES,
    reports.ENTRIES,
)
ENTRIES: Final[dict[str, AnyEntry]] = {
    name: entry for entries in ROOMS for name, entry in entries.items()
}
