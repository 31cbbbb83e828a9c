"""The public pages: home, listing, product, producers, areas, showcases."""
