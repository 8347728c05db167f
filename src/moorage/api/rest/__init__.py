"""Our own API: JSON over HTTP below /api/v1, described by the OpenAPI document that it serves itself."""

ROOT = "/api/v1/"
