"""Who asked to have their data erased, until when must it be done, and what became of it?"""
