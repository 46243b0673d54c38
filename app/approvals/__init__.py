"""What may nobody do alone? Requests by one person that another decides."""
