"""Is this certificate genuine? Asked by anybody."""
