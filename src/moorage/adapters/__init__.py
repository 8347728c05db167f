"""Adapters keep the promises of `ports` with real things: a disk, a database, a cipher. Only `app` knows them."""
