"""Passwords: hashes and the queue in which they are made, and the marks by which sessions know
them. No accounts but those that are handed in.
"""
