"""What is held about me, and how do I get a copy of it or have it erased?"""
