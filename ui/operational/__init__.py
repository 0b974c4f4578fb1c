"""Levers without a file, entered on the compare page: forms, what was entered, where it is from."""
