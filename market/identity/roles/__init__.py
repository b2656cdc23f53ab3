"""Roles 角色: who may do what in which organisation, from which day to which.

Words: role 角色, grant 授予, propose 提名, approve 批准, revoke 撤销, administrator 管理员,
money role 资金岗位 (finance 财务, cashier 出纳, leader 负责人).
Invariants: nobody grants to himself; a money role and the administrator's are proposed by one
person and approved by another; an administrator holds no money role; a cashier is neither finance,
leader nor auditor of the same unit; an organisation keeps its last manager.
"""
