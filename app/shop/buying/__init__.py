"""Cart, checkout and the buyer's orders, as pages."""
