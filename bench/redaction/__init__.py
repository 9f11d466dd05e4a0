"""Redaction measured: by labelled texts, on ordinary text, in CPU time, and beside its peers."""
