"""Products withheld from sale because they are or may be alcoholic drinks: an officer says which."""
