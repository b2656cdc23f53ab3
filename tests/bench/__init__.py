"""`make bench`: the market beside what people would otherwise pick, on the same tables and machine.

Only ratios of one run mean anything. Every round measures ours, the rival, the limit, and the same
backwards, so that a machine that slows down slows all of them. No figure is printed when an answer
was not 2xx, or when the auditor finds a fault afterwards.
"""
