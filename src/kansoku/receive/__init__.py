"""OTLP requests enter over HTTP and gRPC; what leaves is their bytes in the spool, then an acknowledgement.

It may import `store` (for the layout of the spool), `catalog` and `errors`; only its three
edges, `http`, `quick` and `rpc`, import a web or gRPC library.
"""
