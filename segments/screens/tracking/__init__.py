"""The pages about tracked segments: switching on and off, changes, size, runs that are held."""
