"""What one call was: a sans-I/O observer takes begin, items and end, and gives a frozen `Call`.

Facts of the `anthropic` SDK enter by duck type; `Call` and its sibling facts leave. May import
`kansoku.catalog`, `kansoku.errors`, the standard library and the price tables of `genai_prices`.
"""
