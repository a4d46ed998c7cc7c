"""A reusable app: switches that close features in an emergency, declared in a registry, flipped by
audited services. It knows nothing of the other apps; they ask its gate.
"""
