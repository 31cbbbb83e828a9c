"""People, their memberships, credentials, and the rules of who may do what."""
