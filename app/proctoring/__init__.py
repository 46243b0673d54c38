"""What does an operator see of an exam session, and what may they do in it?"""
