"""Signing 审核与签署: how drafted terms become a contract in force.

A complete draft is submitted, reviewed in three stages by three people, numbered, put into its
canonical text, and signed by both parties over the hash of that text. It stands above
``market.trade.contracts``, which holds the terms and the table of moves.

Words: submission 提交审核 · round 审核轮次 · stage 审核阶段: technical 技术审核, finance
财务审核, leader 负责人审核 · canonical text 合同文本 · template 合同范本, frame 通用条款 ·
signature 签署 · signatory 签署人 · authority 签署授权: legal representative 法定代表人 or power of
attorney 授权委托书 · in force 生效.

Invariants: within a round each stage has one verdict and each person gives at most one; whoever
wrote in the draft, or holds a role at the buyer, gives none. A return ends the round. At the
leader's approval, in one act, the figures are fixed, the number is given without a gap, and the
text is kept as NFC UTF-8 bytes with their SHA-256; neither terms nor text change afterwards, for
anybody. A party signs that hash once, by a signatory whose authority is valid that day, covers the
kind and reaches the total; nobody signs for both, or for one while holding a role at the other. The
second signature puts the contract in force, counts its term and the days of its milestones, and
posts the stamp duty on its whole net price. The text of a draft may be read at any time; it has no
hash.

Events: ``contract.submitted``, ``contract.reviewed`` (a stage passed), ``contract.returned``,
``contract.approved``, ``contract.signed``, ``contract.activated``.
"""
