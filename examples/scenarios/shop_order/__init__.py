"""An order in a shop: paid by a child, reserved item by item, labelled, or cleaned up."""
