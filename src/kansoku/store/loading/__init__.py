"""Segments of the spool enter; INSERT statements that make rows of them leave, or segments set aside.

It may import `schema` beside it, `catalog` and `errors`.
"""
