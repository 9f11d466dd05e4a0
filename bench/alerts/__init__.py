"""How quiet the alerts are over a normal month, and how long evaluating them takes."""
