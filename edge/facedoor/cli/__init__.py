"""The command line: what can be asked, and how each answer leaves the process."""
