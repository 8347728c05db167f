"""Blobs as files below one folder."""
