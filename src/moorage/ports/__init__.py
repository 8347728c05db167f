"""Promises in our own words that adapters keep. Each has one contract suite which every adapter passes."""
