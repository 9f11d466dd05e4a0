"""Segments and questions enter; a ClickHouse server or cluster stores and answers them over HTTP.

It may import all of the store but the embedded one, and alone imports the ClickHouse client.
"""
