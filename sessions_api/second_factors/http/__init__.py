"""Second factors over REST: viewsets, their form and paths in v5, and what describes them."""
