"""The one table of errors: wire code, HTTP status and a sentence, and the one exception that carries a row of it.

Source: OCI Distribution Specification, "Error Codes"; the rows below the line are Docker's or our own.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Self


class Code(Enum):
    """A reason to refuse: the code on the wire, the HTTP status, and what it means in general."""

    wire: str
    status: int
    sentence: str

    BLOB_UNKNOWN = "BLOB_UNKNOWN", 404, "the repository has no such blob"
    BLOB_UPLOAD_INVALID = "BLOB_UPLOAD_INVALID", 400, "the upload cannot go on like this"
    BLOB_UPLOAD_UNKNOWN = "BLOB_UPLOAD_UNKNOWN", 404, "there is no such upload; start a new one"
    DIGEST_INVALID = "DIGEST_INVALID", 400, "the digest is malformed or does not match the content"
    MANIFEST_BLOB_UNKNOWN = (
        "MANIFEST_BLOB_UNKNOWN",
        404,
        "the manifest names blobs that are not in the repository",
    )
    MANIFEST_INVALID = "MANIFEST_INVALID", 400, "the manifest is not valid"
    MANIFEST_UNKNOWN = "MANIFEST_UNKNOWN", 404, "the repository has no such manifest"
    NAME_INVALID = "NAME_INVALID", 400, "the repository name is not valid"
    NAME_UNKNOWN = "NAME_UNKNOWN", 404, "there is no such repository"
    SIZE_INVALID = "SIZE_INVALID", 400, "the length given is not the length received"
    UNAUTHORIZED = "UNAUTHORIZED", 401, "log in first"
    DENIED = "DENIED", 403, "you may not do this"
    UNSUPPORTED = "UNSUPPORTED", 405, "the registry does not do this"
    TOOMANYREQUESTS = "TOOMANYREQUESTS", 429, "too many requests; wait a little"
    # ---- Docker's, and our own ----
    TAG_INVALID = "TAG_INVALID", 400, "the tag is not valid"
    PAGINATION_NUMBER_INVALID = "PAGINATION_NUMBER_INVALID", 400, "the page size is not valid"
    QUERY_INVALID = "UNSUPPORTED", 400, "the query is not valid"
    QUERY_TOO_LONG = "UNSUPPORTED", 414, "the query has too many fields"
    TOO_MANY_TAGS = "TAG_INVALID", 414, "too many tags in one request"
    QUOTA_EXCEEDED = "DENIED", 403, "there is no room left for this"  # clients show it, and try no more
    TOO_LARGE = "SIZE_INVALID", 413, "the content is larger than the registry takes"
    RANGE_INVALID = "BLOB_UPLOAD_INVALID", 416, "the chunk does not start where the last one ended"
    RANGE_UNSATISFIABLE = "RANGE_INVALID", 416, "the range lies outside the content"
    UPLOAD_BUSY = "BLOB_UPLOAD_INVALID", 409, "another request is writing to this upload"
    ROUTE_UNKNOWN = "UNSUPPORTED", 404, "there is nothing at this address"
    CONFLICT = "CONFLICT", 409, "it is there already"
    CHANGED = "PRECONDITION_FAILED", 412, "it is not what the request takes it for"
    MEDIA_UNSUPPORTED = "UNSUPPORTED", 415, "the content type is not one that is taken here"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT", 408, "the request did not arrive in time"
    TOKEN_REFUSED = "UNAUTHORIZED", 401, "the token is not accepted"
    BLOB_DAMAGED = "BLOB_DAMAGED", 500, "the stored content is damaged"
    STORAGE_FULL = "STORAGE_FULL", 507, "the registry's storage is full"
    UNAVAILABLE = "UNAVAILABLE", 503, "the registry cannot do this at the moment"
    UNKNOWN = "UNKNOWN", 500, "something went wrong in the registry"

    def __new__(cls, wire: str, status: int, sentence: str) -> Self:
        """Give each row its three columns; rows with equal columns stay rows of their own."""
        row = object.__new__(cls)
        row._value_ = (wire, status, sentence, len(cls.__members__))
        row.wire = wire
        row.status = status
        row.sentence = sentence
        return row


class Refusal(Exception):  # noqa: N818 - the field's word for it: nothing has failed
    """A request is refused: a row of the table, a sentence for the person, and detail for the program.

    `retry_after` is in seconds, for those rows that pass by themselves. `scope` is the scope in Docker's token
    notation that the request would have needed, for the challenge that goes with a 401.
    """

    def __init__(
        self,
        code: Code,
        sentence: str | None = None,
        *,
        detail: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
        scope: str | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(sentence or code.sentence)
        self.code = code
        self.sentence = sentence or code.sentence
        self.detail = dict(detail) if detail else {}
        self.retry_after = retry_after
        self.scope = scope
        self.reason = reason
