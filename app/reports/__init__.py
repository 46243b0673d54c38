"""What did happen, and does everything run? Pages for auditors and administrators; they read other rooms."""
