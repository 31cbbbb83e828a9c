"""The operator's portal: people and roles, the audit log, the state of the system, the style guide."""
