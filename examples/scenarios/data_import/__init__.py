"""An import of data: validated, processed, approved or rejected, rolled back, published."""
