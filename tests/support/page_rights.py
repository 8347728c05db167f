"""Every page and form about the registry and what is in it, and what it takes: an action of the permission matrix.

`None`: whoever is signed in; what they see on it is their own matter.
"""

from moorage.rules.roles import Action
from tests.support.content import digest_of
from tests.support.harbour import MODULE

Place = tuple[str, str]
PLACES: dict[Place, Action | None] = {
    ("/projects", "GET"): None,
    ("/projects", "POST"): Action.CREATE_PROJECT,
    ("/projects/{project}", "GET"): Action.READ_PROJECT,
    ("/projects/{project}/{repository:path}", "GET"): Action.PULL,
    ("/projects/{project}/{repository:path}/-/delete-tags", "POST"): Action.DELETE,
    ("/projects/{project}/{repository:path}/-/undo", "POST"): Action.PUSH,
    ("/projects/{project}/{repository:path}/-/promote", "POST"): Action.PUSH,
    ("/projects/{project}/{repository:path}/-/tags/{tag}", "GET"): Action.PULL,
    ("/projects/{project}/{repository:path}/-/tags/{tag}/restore", "POST"): Action.PUSH,
    ("/projects/{project}/{repository:path}/-/tags/{tag}/delete", "POST"): Action.DELETE,
    ("/projects/{project}/{repository:path}/-/images/{digest}", "GET"): Action.PULL,
    ("/projects/{project}/{repository:path}/-/images/{digest}/copy", "POST"): Action.PULL,
    ("/projects/{project}/{repository:path}/-/images/{digest}/delete", "POST"): Action.DELETE,
    ("/projects/{project}/{repository:path}/-/images/{digest}/restore", "POST"): Action.MANAGE_TRASH,
    ("/projects/{project}/{repository:path}/-/compare", "GET"): Action.PULL,
    ("/projects/{project}/{repository:path}/-/then", "GET"): Action.PULL,
    ("/projects/{project}/{repository:path}/-/settings", "GET"): Action.UPDATE_REPOSITORY,
    ("/projects/{project}/{repository:path}/-/settings", "POST"): Action.UPDATE_REPOSITORY,
    ("/projects/{project}/{repository:path}/-/settings/rename", "POST"): Action.RENAME_REPOSITORY,
    ("/projects/{project}/{repository:path}/-/settings/move", "POST"): Action.MOVE_REPOSITORY,
    ("/projects/{project}/{repository:path}/-/settings/delete", "POST"): Action.DELETE_REPOSITORY,
    ("/projects/{project}/{repository:path}/-/deleted", "GET"): Action.READ_TRASH,
    ("/projects/{project}/{repository:path}/-/deleted/restore", "POST"): Action.MANAGE_TRASH,
    ("/projects/{project}/{repository:path}/-/deleted/erase", "POST"): Action.MANAGE_TRASH,
    ("/projects/{project}/-/tag-rules", "GET"): Action.READ_TAG_RULES,
    **dict.fromkeys(
        [(f"/projects/{{project}}/-/tag-rules{below}", "POST") for below in ("", "/remove", "/move", "/restore")],
        Action.MANAGE_TAG_RULES,
    ),
    **dict.fromkeys(
        [
            (f"/projects/{{project}}/-/webhooks{below}", "GET")
            for below in ("", "/{webhook}", "/{webhook}/deliveries/{delivery}")
        ],
        Action.READ_WEBHOOKS,
    ),
    **dict.fromkeys(
        [
            (f"/projects/{{project}}/-/webhooks{below}", "POST")
            for below in (
                "",
                "/{webhook}",
                "/{webhook}/enable",
                "/{webhook}/test",
                "/{webhook}/rotate",
                "/{webhook}/disable",
                "/{webhook}/delete",
                "/{webhook}/deliveries/{delivery}/redeliver",
            )
        ],
        Action.MANAGE_WEBHOOKS,
    ),
    ("/projects/{project}/-/retention", "GET"): Action.READ_RETENTION,
    ("/projects/{project}/-/retention/draft", "GET"): Action.READ_RETENTION,
    ("/projects/{project}/-/retention/draft", "POST"): Action.READ_RETENTION,
    ("/projects/{project}/-/retention/draft/save", "POST"): Action.MANAGE_RETENTION,
    **dict.fromkeys([(f"/projects/{{project}}/-/jobs{below}", "GET") for below in ("", "/{job}")], Action.READ_JOBS),
    **dict.fromkeys(
        [
            (f"/projects/{{project}}/-/jobs{below}", "POST")
            for below in (
                "/{job}/cancel",
                "/{job}/retry",
                "/of/{kind}",
                "/of/{kind}/schedule",
                "/of/{kind}/schedule/remove",
            )
        ],
        Action.MANAGE_RETENTION,
    ),
    **dict.fromkeys([(f"/jobs{below}", "GET") for below in ("", "/{job}")], Action.READ_INSTANCE),
    **dict.fromkeys(
        [
            (f"/jobs{below}", "POST")
            for below in (
                "/{job}/cancel",
                "/{job}/retry",
                "/of/{kind}",
                "/of/{kind}/schedule",
                "/of/{kind}/schedule/remove",
            )
        ],
        Action.MANAGE_INSTANCE,
    ),
}
"""By route and method. In the test `{project}` is one that the roles are of; see `tests.wire.test_page_rights`."""
OPEN: frozenset[str] = frozenset(
    {
        "/projects",
        "/projects/{project}",
        "/projects/{project}/{repository:path}",
        "/projects/{project}/{repository:path}/-/tags/{tag}",
        "/projects/{project}/{repository:path}/-/images/{digest}",
        "/projects/{project}/{repository:path}/-/compare",
        "/projects/{project}/{repository:path}/-/then",
    }
)
"""Pages that strangers see too, where what they show is public: `base` in the test, as `shop` is private."""
EXAMPLES = {
    "project": "shop",
    "repository": "checkout",
    "tag": "stable",
    "digest": digest_of(MODULE),
    "job": "1",
    "kind": "retention",
    "webhook": "1",
    "delivery": "1",
}

"""What stands for the words in a route's address."""
PUBLIC = {"project": "base", "repository": "alpine", "tag": "3.20", "digest": digest_of(MODULE)}
"""The same of what is public."""
