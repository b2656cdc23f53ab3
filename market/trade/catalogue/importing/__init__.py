"""Importing: offerings by the thousand, from a file that a unit kept elsewhere.

Words: *line* 行 (one offering of the file), *batch* 批次 (lines written in one transaction), *desk*
导入台 (for which unit, by whom, passed by whom).

What is imported arrives as a draft, or published: then a technical reviewer of the unit or of its
parent passed it before it came here, and is named. He is neither who imports nor a member who does
the work. The version and the event name him; no review is written down, for none was given here.

Invariants:
- A line is one offering with everything that belongs to it, or nothing: a batch is one transaction.
- The key of a line is its unit and code. What is there already with the same content is passed
  over, so that a file is imported again, or further, by importing it.
- Transfers are not imported: each stands on a right that its owners consented to.
- What is written is what drafting and reviewing one by one would have written, byte for byte.
"""
