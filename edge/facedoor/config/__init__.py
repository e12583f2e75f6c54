"""The configuration: every option, its file, and what follows from it."""
