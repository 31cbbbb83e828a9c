"""GS1 numbers, Digital Link addresses and EPCIS events: pure, no database and no page."""
