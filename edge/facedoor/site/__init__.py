"""The people that several doors share."""
