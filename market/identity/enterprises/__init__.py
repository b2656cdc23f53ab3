"""Enterprises 企业: they register themselves or are invited; a clerk verifies them.

Words: register 注册, verify 核验, refuse 退回, override 特殊代码说明.
Invariants: an enterprise's first manager comes in by a link to his own mailbox; until it is
verified only its managers act for it, and for nothing but itself; a clerk does not verify an
enterprise to which he belongs; every decision stays on record.
"""
