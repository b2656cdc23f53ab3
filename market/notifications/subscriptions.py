"""What people are told of, and when: every notice by one job, messages at each reader's cadence."""

from typing import Final

from market.base.events import Job, Subscriptions, merged
from market.notifications import operations
from market.notifications.cadence import operations as cadence
from market.notifications.notices import NOTICES

SUBSCRIPTIONS: Final[Subscriptions] = merged(
    dict.fromkeys(NOTICES, ("notifications.tell",)), cadence.SUBSCRIPTIONS
)
JOBS: Final[dict[str, Job]] = {"notifications.tell": operations.tell, **cadence.JOBS}
