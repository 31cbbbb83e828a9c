"""The programme officers' portal: screens, no tables."""
