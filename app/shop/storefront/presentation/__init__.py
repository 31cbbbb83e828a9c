"""What the templates of the public pages draw: frozen view models, every choice made, every label ready."""
