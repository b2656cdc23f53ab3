"""Discovery 发现: being told of what is published and fits what one has been looking for.

Words: *saved search* 订阅搜索 · *wanted* 搜索对象, offerings for an enterprise's people, enterprise
requests for a unit's members and clerks · *hit* 命中, something published that fits.

Invariants:
- A saved search is its owner's alone; erasing the person deletes it.
- What is published is held against all saved searches at once, in one statement, when it is
  published; it is a hit of each for ever, so that nobody is told of it twice.
- Offerings that a file brings in are held against none: they are found by searching.
- Searches see cards and nothing else: what is by invitation is no hit, and an anonymous request is
  never found by its enterprise.
- Whoever no longer holds a role that may search there is told nothing.

``fit`` scores what an enterprise asks against what a unit offers.
"""
