"""What is on sale today: the facet index, cards, filters, search. No tables of its own but the engine's index."""
