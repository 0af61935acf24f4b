"""Fictional but lifelike data to look at: made up from our own word lists, the same every time."""
