"""Stored rows enter; they leave settled, priced, summed up, copied or erased, and their sizes.

It may import `schema` and `loading` beside it, `settings`, `price`, `catalog` and `errors`.
"""
