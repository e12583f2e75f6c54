"""What a distance is worth: risks, likelihoods and a cohort."""
