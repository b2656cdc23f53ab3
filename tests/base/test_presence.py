"""Every act is either for people alone or everyday work, and somebody has said which."""

from __future__ import annotations

from typing import Final

from market.base import presence
from tests.routes import every_route

# Whatever these are done to, a program may do them for whoever made its key.
EVERYDAY_VERBS: Final = frozenset(
    """
    add appoint ask cancel choose delete deliver discard draft edit end enrol file found hold import
    make mark match merge move open order prepare publish record register reopen request resume
    retire return save send shortlist split start store suspend use write
    """.split()  # noqa: SIM905  # a list of fifty strings reads worse
)
# These have a verb that stands for a person's own word elsewhere, or belong to one session.
EVERYDAY: Final = frozenset(
    """
    accept_invitation act_for_organisation answer_question answer_review change_enterprise_request
    change_offering_draft change_proposal invite_enterprise invite_units issue_fapiao
    issue_invoice issue_red_fapiao propose_bank_account propose_card_refund
    propose_chargeback_write_off propose_credit_note recover_chargeback_write_off
    propose_refund propose_retraction propose_stripe_explanation propose_void propose_write_off
    read_invitation_link refuse_counter_offer remove_judge reset_password revoke_api_key
    revoke_session sign_in sign_out submit_contract submit_offering submit_proposal
    withdraw_fapiao_request
    withdraw_opening_balance withdraw_proposal withdraw_qualification withdraw_refund
    propose_stripe_explanation_undo withdraw_stripe_explanation
    withdraw_stripe_explanation_undo
    """.split()  # noqa: SIM905
)
ACTS: Final = {
    route.name for route in every_route() if route.described and route.method not in ("GET", "HEAD")
}


def test_each_act_is_for_people_or_everyday_and_none_is_both() -> None:
    everyday = {act for act in ACTS if act in EVERYDAY or act.split("_")[0] in EVERYDAY_VERBS}
    people = {act for act in ACTS if presence.is_for_people(act)}
    assert ACTS - everyday - people == set(), "say which of the two these are"
    assert everyday & people == set()


def test_nothing_is_named_that_is_gone() -> None:
    assert ACTS >= EVERYDAY | presence.BESIDES | presence.EVERYDAY
    assert {act.split("_")[0] for act in ACTS} >= EVERYDAY_VERBS | presence.VERBS
