"""Every event that has a notice starts the one job that tells people."""

from typing import Final

from market.base.events import Job, Subscriptions
from market.notifications import operations
from market.notifications.notices import NOTICES

SUBSCRIPTIONS: Final[Subscriptions] = dict.fromkeys(NOTICES, ("notifications.tell",))
JOBS: Final[dict[str, Job]] = {"notifications.tell": operations.tell}
