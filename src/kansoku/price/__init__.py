"""What a call costs: its tokens times the rates of the model that answered, at the time it was called.

Usage, model, time and surcharges enter; a `Cost` leaves. May import `kansoku.catalog`, the standard
library and the tables of `genai_prices`, which nothing else imports.
"""
