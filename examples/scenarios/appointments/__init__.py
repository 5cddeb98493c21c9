"""Mails at an offset before an appointment and after a meeting."""
