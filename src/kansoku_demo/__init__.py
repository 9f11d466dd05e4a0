"""A demo app of a user, and the local Messages API it talks to; nothing here is real traffic.

Seeds and settings enter; real `anthropic` calls over a real socket leave, observed by `kansoku`.
It imports the public `kansoku` only, and `kansoku` never imports it.
"""
