"""The standard's nouns as values: they parse once and are then right. Pure: no I/O, no framework, no clock."""
