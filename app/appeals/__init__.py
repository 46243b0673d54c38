"""What is contested, and who decides about it?"""
