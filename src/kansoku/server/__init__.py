"""The server: receive, store, watch, notify and show put together by constructor arguments.

Settings enter; what leaves is a process that receives, stores, judges and shows until it is stopped. Only
here are these folders known to one another, and nothing but `cli` imports this one.
"""
