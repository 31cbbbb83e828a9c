"""The trade-promotion staff's portal: screens, no tables."""
