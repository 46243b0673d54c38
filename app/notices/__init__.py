"""What do we write to people? Letters, one template each, in the reader's language."""
