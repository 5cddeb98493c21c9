"""An expense whose review is an action of an API."""
