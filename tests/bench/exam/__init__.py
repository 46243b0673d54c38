"""What does the exam room cost, and how much does it bear? A real server, driven from a process of its own."""
