"""The project: settings (the only reader of the environment), addresses, the user model, and what
serves requests. It mounts the apps; no app knows it.
"""
