"""Kansoku and its peers, each in a process of its own, calling the real SDK in the same ways."""
