"""What is the state HR system told, and did it take it? Events, each recorded once and sent until it is taken."""
