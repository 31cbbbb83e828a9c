"""What happened to areas and batches, as EPCIS events in chains that show when one was changed."""
