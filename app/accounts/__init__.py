"""Who is who, and how do they sign in? Accounts, roles, guards, passwords."""
