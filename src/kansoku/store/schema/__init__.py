"""The catalog's definitions enter; tables, views and the steps from older versions leave, as statements.

It may import `query`, `catalog` and `errors`, and of the store the database that they run in.
"""
