"""A network of one's own: trained with Keras on a folder of people's photos."""
