"""Red fapiao 红字发票: what the tax authority wants for the part of a fapiao that was credited.

Issuing a credit note on an invoice whose fapiao is out asks for one; finance records it, with its
number, day and file, once the tax platform has issued it, and the buyer may read the file from then
on. With the last one of an invoice that is credited whole the fapiao is reversed; otherwise it
stands for what is left, as it stood before.
"""
