"""A new user: a welcome, a profile, reminders, and somebody who calls."""
