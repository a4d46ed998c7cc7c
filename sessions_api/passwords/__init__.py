"""Passwords: the marks by which sessions know them, and hashes that are made anew."""
