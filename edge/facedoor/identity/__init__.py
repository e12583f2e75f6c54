"""From an embedding to a person: gallery, search, evidence, enrolment."""
