"""An offer that waits for signals and for events, with and without an end."""
