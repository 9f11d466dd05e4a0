"""The server: receive, store and show put together by constructor arguments, run until it is stopped."""
