"""What one call was: a sans-I/O observer takes begin, items and end, and gives a frozen `Call`.

Facts of the `anthropic` SDK enter by duck type; `Call` and its sibling facts leave. May import
`kansoku.price`, `kansoku.catalog`, `kansoku.errors` and the standard library.
"""
