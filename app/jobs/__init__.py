"""What is still to be done outside a request? Durable jobs, done once by ``flask worker``."""
