"""Readings against objectives: how each indicator stands, and whether the AI feature works.

Readings enter, states and sentences leave; pure, it imports `query` for its shapes and `catalog`.
"""
