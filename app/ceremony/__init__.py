"""Who throws, who watches, and who checks afterwards? The pages of a session's draw."""
