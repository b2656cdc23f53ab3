"""All routes of this wing, room by room."""

from typing import Final

from market.identity.approvals import api as approvals
from market.identity.authorities import api as authorities
from market.identity.enterprises import api as enterprises
from market.identity.erasure import api as erasure
from market.identity.files import api as files
from market.identity.invitations import api as invitations
from market.identity.keys import api as keys
from market.identity.landings import api as landings
from market.identity.members import api as members
from market.identity.organisations import api as organisations
from market.identity.people import api as people
from market.identity.policies import api as policies
from market.identity.renamings import api as renamings
from market.identity.resets import api as resets
from market.identity.roles import api as roles
from market.identity.second_factor import api as second_factor
from market.identity.second_factor_resets import api as second_factor_resets
from market.identity.sessions import api as sessions
from market.identity.units import api as units

ROUTES: Final = [
    *sessions.ROUTES,
    *second_factor.ROUTES,
    *second_factor_resets.ROUTES,
    *resets.ROUTES,
    *people.ROUTES,
    *erasure.ROUTES,
    *organisations.ROUTES,
    *enterprises.ROUTES,
    *renamings.ROUTES,
    *units.ROUTES,
    *invitations.ROUTES,
    *landings.ROUTES,
    *roles.ROUTES,
    *authorities.ROUTES,
    *approvals.ROUTES,
    *members.ROUTES,
    *keys.ROUTES,
    *policies.ROUTES,
    *files.ROUTES,
]
