"""Files 文件: what organisations send in, such as evidence, scans and certificates.

Words: file 文件, upload 上传, reader 可读单位. Invariants: a file belongs to the organisation for
which it was sent, which is its first reader; others read it only once an act has shared it with
them; its bytes never change; it is only ever downloaded, never shown as a page of the market.
"""
