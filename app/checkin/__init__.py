"""Who is here and ready, and when may the room start?"""
