"""What is a certificate of the legislation test, and how does it prove itself?

Nothing is imported here: take what you need from the module that answers your question; ``README.md`` lists them.
"""
