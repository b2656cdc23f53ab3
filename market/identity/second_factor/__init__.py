"""The second factor 第二因素: a device that shows one-time codes, beside the password.

Words: second factor 第二因素, code 动态口令 (TOTP, RFC 6238: six digits, new every 30 seconds),
recovery code 恢复码, set up 登记, enable 启用, remove 停用, days of grace 宽限期.
Invariants: one device a person is enabled at a time; a secret is derived from the device's row by
a key beside the uploads, and the database never holds it; no code is accepted twice; a recovery
code works once and is stored as SHA-256; tries are counted in the database; whoever has a device
does nothing in a session that has not shown it; roles of the policy ``identity.second_factor`` are
not there without one, once their days of grace are over.
"""
