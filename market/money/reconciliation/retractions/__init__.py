"""Retractions 撤回: an import that went into the wrong bank account is taken back.

Words: import 导入, all statements of one file · to take back 撤回 · built on 以之为基础.

- Four eyes: finance of the unit with the books proposes it with a reason; a leader of the unit or
  of its parent, another person, approves or rejects it.
- Only while none of its lines is matched, nor waits to be: what a line paid is undone first, by an
  act of its own, so that nobody's invoice reopens unawares.
- In the reverse order of coming: each import was proved on the balance that those before it had
  left, and leaves out lines that they brought. So what came later into the account goes first. It
  may be proposed together and is approved the newest first.
- The lines and the statement stay, marked, and so does the file. Each posting is mirrored on the
  day of its line, under ``bank_line_retracted:<line>``: on no day does the account hold what was
  never its own. Its lines count for nothing that an import is held against, so that the file goes
  into its own account, and the account's own file into this one.
"""
