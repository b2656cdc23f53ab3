"""Documents 文件: data set into a template as a PDF for archives, by typst.

Words: document 文件 · template 版式, a ``.typ`` file beside the capability that owns it · sheet
版面, what all templates share (``sheet.typ``) · dated 文件时间, which stands in the PDF in place of
the clock.

Invariants: data reaches a template as JSON, never as source text, and templates read nothing
outside this package. The same document gives the same bytes. Every PDF is PDF/A-2a: tagged, with
its fonts inside. A character that the font lacks is refused by its name, never printed as a box.

The font, its licence and how it was made: ``fonts/README.md``.
"""
