"""The catalog as files for those who read it elsewhere: Prometheus rules, and reference pages of the docs.

Definitions of `catalog` enter, deterministic text leaves. May import `catalog`, `query` and `errors`.
"""
