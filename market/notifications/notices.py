"""Every event that people are told of by e-mail, with its letters and their readers."""

from typing import Final

from market.notifications.model import Notices
from market.notifications.notices_awards import AWARDS
from market.notifications.notices_identity import IDENTITY
from market.notifications.notices_money import MONEY
from market.notifications.notices_proposals import PROPOSALS
from market.notifications.notices_refunds import REFUNDS
from market.notifications.notices_requests import REQUESTS
from market.notifications.notices_reviews import REVIEWS
from market.notifications.notices_stripe import STRIPE
from market.notifications.notices_trade import TRADE

NOTICES: Final[Notices] = {
    **IDENTITY,
    **TRADE,
    **REQUESTS,
    **PROPOSALS,
    **AWARDS,
    **REVIEWS,
    **MONEY,
    **REFUNDS,
    **STRIPE,
}
