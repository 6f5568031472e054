"""One folder for each destination of the app; they do not know each other."""
