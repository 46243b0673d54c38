"""What did a sitting come to?"""
