"""A document that is reviewed by one person, or escalated to the managers."""
