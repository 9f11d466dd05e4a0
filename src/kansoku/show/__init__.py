"""What people and their tools see: the JSON API under `/api`, and the built page around it.

HTTP requests enter, readings of the store leave as JSON; the store is reached only through its port,
and nothing here knows how the server is put together.
"""
