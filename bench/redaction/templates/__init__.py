"""Sentences to plant values in: `‹name›` is a slot for a value of that name (values/slot.py)."""
