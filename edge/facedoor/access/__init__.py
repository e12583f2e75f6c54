"""Who may come in when, and what else they need."""
