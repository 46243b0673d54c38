"""What happens to answers when machines fail? Real processes, a durable database, real outages: nothing is inserted."""
