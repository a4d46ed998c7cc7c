"""What a request tells about its client: address, location, device and session name.

Nothing here depends on sessions or users.
"""
