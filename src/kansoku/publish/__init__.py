"""The catalog as files for those who read it elsewhere: Prometheus rules, and reference pages of the docs.

Definitions of `catalog` enter, deterministic text leaves; specifications of objectives are read back into
entries of `kansoku.toml`. May import `catalog`, `settings`, `query` and `errors`.
"""
