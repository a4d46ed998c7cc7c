"""What every request to the service meets first, whatever the server: its texts, its route, and a
process that is ready.
"""
