"""telic."""
