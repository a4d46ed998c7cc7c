"""A project that uses the apps like a host's developers. It is only type-checked, and never run."""
