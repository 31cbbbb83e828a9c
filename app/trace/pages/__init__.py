"""What a scan shows: the stamp page, the batch story, the look-up, the resolver."""
