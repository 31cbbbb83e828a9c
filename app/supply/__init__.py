"""Raw-material areas, batches and their stock, shared by shop and trace."""
