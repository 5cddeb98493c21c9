"""A document: checked by machines, reviewed by people, signed elsewhere, published in its time."""
