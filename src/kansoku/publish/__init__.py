"""The catalog as files for those who read it elsewhere; today the reference pages of the documentation.

Definitions of `catalog` enter, deterministic text leaves. May import `catalog`, `query` and `errors`.
"""
