"""Who is calling, from where, with what device, and what of it can be believed. It knows no session
and no user.
"""
