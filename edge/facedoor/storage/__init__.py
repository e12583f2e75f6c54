"""What the door keeps: the state file, sealed; the journal and its chain; their upkeep."""
