"""The evaluator: every fifteen seconds it asks the store what each alert tests, and keeps each alarm's state.

Alerts and the store's answers enter, alarms and notices leave, and all state lies in a database of its own.
May import `judge`, `store` (its port), `query`, `settings`, `catalog` and `errors`; never `notify` or `show`.
"""
