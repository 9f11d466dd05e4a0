"""The store under load: what it takes in, what it answers, what it keeps on the disk.

`__main__` says how to run it. It measures the project and is no part of what is installed.
"""
