"""From a frame to an embedding: motion, detector, tracker, quality, align, embedder."""
