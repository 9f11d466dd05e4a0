"""A catalog definition, read: as Python meaning (the oracle) and as ClickHouse SQL.

Definitions, a scope and rows enter, readings and answers leave; nothing here asks a store, so only
`catalog` and `errors` are imported.
"""
