"""The use cases, one story each. They know no HTTP, no SQL and not each other; who may is asked first."""
