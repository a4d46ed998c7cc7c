"""A dialect of the plug-in's own: sessions are devices, and errors are problems (RFC 9457)."""
