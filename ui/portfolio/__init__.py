"""Parts of the portfolio page: the picture made in a job, and one card a file."""
