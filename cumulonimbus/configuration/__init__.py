"""What the settings are made of: the environment and its URLs, secrets made on the spot, origins,
logs. Nothing here reads Django's settings, for it makes them.
"""
