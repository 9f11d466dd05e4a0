"""Telling people: notices become messages in a queue on disk, and go to the channels that the user names.

Notices of `judge` enter, requests to Slack, PagerDuty, mail servers and others leave.
May import `judge`, `settings`, `catalog` and `errors`; never `watch`, `show` or `store`.
"""
