"""A sign-up in two forms: derived from marked transitions, and classic with ``match``."""
