"""The peers: how each is called, what it calls things, and its pinned packages."""
