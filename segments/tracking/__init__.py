"""Who was in a segment, from when to when, and why that changed."""
