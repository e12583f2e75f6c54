"""A visit: what the frames of one face come to, and enrolment from pictures."""
