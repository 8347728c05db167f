"""The HTTP edge: bytes to values and back. It decides nothing; what it may not know it asks a use case."""
