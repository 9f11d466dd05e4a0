"""A catalog definition, read: as Python meaning (the oracle), as ClickHouse SQL and as PromQL.

Definitions, a scope and rows enter, readings and answers leave; nothing here asks a store, so only
`catalog` and `errors` are imported.
"""
