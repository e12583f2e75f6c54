"""How well a pack tells living people from photos and screens, measured on clips of both."""
