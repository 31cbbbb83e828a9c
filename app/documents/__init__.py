"""Files that people send: checked at the door; later kept once, with hash and validity."""
