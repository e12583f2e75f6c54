"""Every message that leaves or enters the door, and its words. Imports no other room."""
