"""How does a person get an account of their own? Three steps: who you are, is the address yours, which password."""
