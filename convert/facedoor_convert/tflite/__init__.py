"""TFLite models: written, quantised, and proven against the float network."""
