"""Sealed spool segments enter; rows leave, as answers to read-only SQL.

It may import `settings`, `price`, `catalog` and `errors`, and is the only folder that imports chDB.
"""
