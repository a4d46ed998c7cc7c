"""Receivers of signals. The configuration of the app imports the modules, which connect them."""
