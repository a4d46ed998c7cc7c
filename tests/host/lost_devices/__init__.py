"""Users and staff report devices as lost: an example of a plug-in."""
