"""Orders to pack and send."""
