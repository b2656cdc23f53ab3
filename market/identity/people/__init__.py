"""People 人员: who can sign in, or is on a unit's register.

Words: person 人员, consent 同意, terms 服务条款, privacy notice 个人信息保护规则.
Invariants: an e-mail address belongs to one living person; an erased person keeps its id, so that
events and contracts still point somewhere, and nothing personal.
"""
