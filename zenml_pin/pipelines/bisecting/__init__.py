"""Bisecting: the first commit at which a class, or a pipeline, is bad.

bisection   the search with its trials; the result
choosing    from what a user names to a judge
trials      each code is tried once, several at a time
judges      what is tried, and what names the code of a commit
work        what runs in the process of a trial
search      what is known so far, and the next step
midpoint    the next commit to test, chosen as git chooses it
history     commits, in the order in which git lists them; merge bases
verdict, log, libraries
"""
