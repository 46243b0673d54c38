"""What do the tests share? Hand-turned tools, databases, a checking client, factories."""
