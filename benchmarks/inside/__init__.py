"""What runs in a process of Django's: see ``__main__``."""
