"""Does the code keep the house rules? Tests about the code itself; each message says what to do."""
