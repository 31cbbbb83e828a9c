"""The producers' portal: screens, no tables."""
