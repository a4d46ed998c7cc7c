"""The service with limits on: an idle timeout, an absolute lifetime and a cap on sessions."""
