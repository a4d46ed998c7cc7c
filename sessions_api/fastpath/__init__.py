"""The hot path of every request: reading its session in one statement, and rendering the response.

An optimization is kept here only if a measurement shows what it gains.
"""
