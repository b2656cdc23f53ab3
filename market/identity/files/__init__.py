"""Files 文件: what organisations send in, such as evidence, scans and certificates.

Words: file 文件, upload 上传, reader 可读单位, quota 上限. Invariants: a file belongs to the
organisation for which it was sent, which is its first reader; others read it only once an act has
shared it with them; one that is kept for some roles, as a bank's statements are, is read and
attached in those only; the policy ``files.quota`` bounds what an organisation keeps and what a
person sends a day; bytes never change; a file is only ever downloaded, never shown as a page.
"""
