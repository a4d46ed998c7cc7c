"""What every request takes, made cheap: the one statement, the live session, the answer. A measure
stands here for what it gains, measured; what gains nothing does not.
"""
