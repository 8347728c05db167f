"""What was deleted and can still be restored."""

from typing import Annotated

from pydantic import Field

from moorage.api.rest.models.body import Given, Short, Shown


class DeletedRepository(Shown):
    """A repository that was deleted."""

    id: int
    """the one that it had, and has again if it is restored"""
    name: str
    """the full name that it would have, with the project's"""
    images: int
    """how many manifests it held"""
    deleted_at: float
    """seconds since the epoch"""
    deleted_by: str
    """who deleted it"""
    ends_at: float
    """until when it can be restored, in seconds since the epoch"""


class DeletedImage(Shown):
    """A manifest that was deleted from a repository that is there."""

    digest: str
    """of the manifest"""
    media_type: str
    """of the manifest"""
    size: int
    """bytes of the manifest"""
    artifact_type: str | None
    """of what is no image"""
    tags: list[str]
    """that named it"""
    deleted_at: float
    """seconds since the epoch"""
    deleted_by: str
    """who deleted it"""
    ends_at: float
    """until when it can be restored, in seconds since the epoch"""


class RepositoryRestoring(Given):
    """Where a deleted repository shall be again."""

    name: Annotated[Short, Field(examples=["app-old"])] | None = None
    """another name within the project, where its own is taken meanwhile"""


class TagLeftOut(Shown):
    """A tag that a restored image had and has not again."""

    name: str
    """what it is called"""
    reason: str
    """a sentence"""


class ImageRestored(Shown):
    """A manifest that is there again."""

    digest: str
    """of the manifest"""
    tags: list[str]
    """that name it again"""
    left_out: list[TagLeftOut]
    """that name something else meanwhile, or that you may not move"""
