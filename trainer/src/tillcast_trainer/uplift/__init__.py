"""Effects of treatments from randomised exposure: T-, X- and DR-learners on the libraries and on linear models."""
