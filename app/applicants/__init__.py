"""Who sits tests? Identity, and the number that names it."""
