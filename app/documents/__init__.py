"""Files that people send: checked on receipt; later stored once, with hash and validity."""
