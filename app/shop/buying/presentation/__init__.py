"""View models of the pages of buying."""
