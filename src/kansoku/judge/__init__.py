"""Where each indicator, budget and alarm stands, and whether the AI feature works.

Readings and findings enter, states and sentences leave; pure, it imports `query` for its shapes and
`catalog`.
"""
