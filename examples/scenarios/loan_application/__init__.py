"""A loan that is decided by a score, or by a person where the score does not say."""
