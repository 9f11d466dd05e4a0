"""Attaches to the application: the one seam of the `anthropic` SDK, and the words an application adds.

Calls, tools, tasks, feedback and evaluations enter; facts leave to `emit`'s queue. May import `record`,
`emit`, `catalog`, and alone of all folders `anthropic`.
"""
