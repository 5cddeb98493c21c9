"""What tests of machines and stores need: strategies, stateful tests, the store contract kit.

Shipped for users' own test suites. What may never be here: anything that production code
imports.
"""
