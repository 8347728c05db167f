"""Pages for people, made by the server: they work without scripts, without the internet, and say nothing to others."""
