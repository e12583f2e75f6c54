"""From a recipe to a pack that a door can run."""
