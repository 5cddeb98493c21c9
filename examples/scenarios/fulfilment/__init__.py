"""An order that is approved, paid, reserved and shipped, or undone."""
