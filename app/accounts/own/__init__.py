"""The own account: profile, password, devices, second factor."""
