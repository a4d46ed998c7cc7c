"""What an endpoint does, without its wire form: a dialect adds paths, names and envelopes."""
