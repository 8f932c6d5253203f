"""Bisecting: the first commit at which a class, or a pipeline, is bad.

history     commits, in the order in which git lists them; merge bases
midpoint    the next commit to test, chosen as git chooses it
search      what is known so far, and the next step
"""
