"""The city 锦川市, played over HTTP by its people: the market's main job from offering to revenue.

Imports nothing of ours: it knows the API as any client does. Everything in it is invented. A
second run finds what the first one made; an interrupted one goes on where it stopped.
"""
