"""What does somebody keep after a test, and are these the answers that were saved?"""
