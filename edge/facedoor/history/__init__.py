"""What the journal tells: who came, how the door fares with whom, and why somebody was refused."""
