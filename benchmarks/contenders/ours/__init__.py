"""The service itself, as deployed behind one proxy, with all features on."""
