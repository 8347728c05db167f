"""Every page and form about the registry and what is in it, and what it takes: an action of the permission matrix.

`None`: whoever is signed in; what they see on it is their own matter.
"""

from moorage.rules.roles import Action
from tests.support.content import digest_of
from tests.support.harbour import MODULE

Place = tuple[str, str]
_OF_JOBS = ("/{job}/cancel", "/{job}/retry", "/of/{kind}", "/of/{kind}/schedule", "/of/{kind}/schedule/remove")
"""Forms below a page of jobs, a project's or the one of all."""
PLACES: dict[Place, Action | None] = {
    ("/projects", "GET"): None,
    ("/activity", "GET"): None,
    ("/search", "GET"): None,
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
        [(f"/projects/{{project}}/-/jobs{below}", "POST") for below in _OF_JOBS],
        Action.MANAGE_RETENTION,
    ),
    **dict.fromkeys([(f"/jobs{below}", "GET") for below in ("", "/{job}")], Action.READ_INSTANCE),
    **dict.fromkeys(
        [(f"/jobs{below}", "POST") for below in _OF_JOBS],
        Action.MANAGE_INSTANCE,
    ),
    ("/projects/{project}/-/members", "GET"): Action.READ_MEMBERS,
    ("/projects/{project}/-/members", "POST"): Action.MANAGE_MEMBERS,
    ("/projects/{project}/-/members/remove", "POST"): Action.MANAGE_MEMBERS,
    ("/projects/{project}/-/members/invite", "POST"): Action.MANAGE_MEMBERS,
    ("/projects/{project}/-/members/invite/end", "POST"): Action.MANAGE_MEMBERS,
    ("/projects/{project}/-/members/{party}/{name}", "GET"): Action.READ_MEMBERS,
    ("/projects/{project}/-/members/{party}/{name}", "POST"): Action.MANAGE_MEMBERS,
    ("/projects/{project}/-/robots", "GET"): Action.READ_ROBOTS,
    ("/projects/{project}/-/robots", "POST"): Action.MANAGE_ROBOTS,
    ("/projects/{project}/-/robots/{robot}", "GET"): Action.READ_ROBOTS,
    ("/projects/{project}/-/robots/{robot}", "POST"): Action.MANAGE_ROBOTS,
    ("/projects/{project}/-/robots/{robot}/rotate", "POST"): Action.MANAGE_ROBOTS,
    ("/projects/{project}/-/robots/{robot}/switch", "POST"): Action.MANAGE_ROBOTS,
    ("/projects/{project}/-/robots/{robot}/delete", "POST"): Action.MANAGE_ROBOTS,
    ("/projects/{project}/-/robots/{robot}/trust", "POST"): Action.MANAGE_ROBOTS,
    ("/projects/{project}/-/robots/{robot}/trust/end", "POST"): Action.MANAGE_ROBOTS,
    ("/projects/{project}/-/settings", "GET"): Action.READ_REDIRECTS,
    ("/projects/{project}/-/settings", "POST"): Action.UPDATE_PROJECT,
    ("/projects/{project}/-/settings/rename", "POST"): Action.CREATE_PROJECT,
    ("/projects/{project}/-/settings/redirect/end", "POST"): Action.REMOVE_REDIRECTS,
    ("/projects/{project}/-/settings/move", "POST"): Action.MOVE_REPOSITORY,
    ("/projects/{project}/-/settings/quota", "POST"): Action.MANAGE_INSTANCE,
    ("/projects/{project}/-/settings/delete", "POST"): Action.DELETE_PROJECT,
    ("/projects/{project}/-/activity", "GET"): Action.READ_AUDIT,
    ("/projects/{project}/-/trash", "GET"): Action.READ_TRASH,
    ("/projects/{project}/-/trash/restore", "POST"): Action.MANAGE_TRASH,
    ("/projects/{project}/-/trash/end", "POST"): Action.MANAGE_TRASH,
    ("/projects/{project}/-/trash/images/restore", "POST"): Action.MANAGE_TRASH,
    ("/projects/{project}/-/trash/images/end", "POST"): Action.MANAGE_TRASH,
    ("/administration", "GET"): Action.READ_INSTANCE,
    ("/administration/settings", "GET"): Action.READ_INSTANCE,
    ("/administration/robots", "GET"): Action.READ_INSTANCE,
    ("/administration/robots", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/robots/change", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/sign-on", "GET"): Action.READ_INSTANCE,
    ("/administration/sign-on/provider", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/sign-on/directory", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/sign-on/issuers", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/sign-on/issuers/delete", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/storage", "GET"): Action.READ_INSTANCE,
    ("/administration/storage/quota", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/storage/garbage", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/storage/verify", "POST"): Action.MANAGE_INSTANCE,
    ("/audit", "GET"): Action.READ_INSTANCE,
    ("/audit/{event}", "GET"): Action.READ_INSTANCE,
    ("/audit/audit.jsonl", "GET"): Action.READ_INSTANCE,
    ("/audit/audit.csv", "GET"): Action.READ_INSTANCE,
    ("/administration/people", "GET"): Action.READ_PEOPLE,
    ("/administration/people", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/people/{person}", "GET"): Action.READ_PEOPLE,
    ("/administration/people/{person}/standing", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/people/{person}/sessions", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/people/{person}/password", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/people/{person}/second-factor", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/people/{person}/join", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/people/{person}/leave", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/people/{person}/delete", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/groups", "GET"): Action.READ_PEOPLE,
    ("/administration/groups", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/groups/{group}", "GET"): Action.READ_PEOPLE,
    ("/administration/groups/{group}/join", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/groups/{group}/leave", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/groups/{group}/delete", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/roles", "GET"): Action.READ_INSTANCE,
    ("/administration/roles", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/roles/delete", "POST"): Action.MANAGE_INSTANCE,
    ("/administration/invitations", "GET"): Action.READ_PEOPLE,
    ("/administration/invitations", "POST"): Action.MANAGE_PEOPLE,
    ("/administration/invitations/end", "POST"): Action.MANAGE_PEOPLE,
}
"""By route and method. In the test `{project}` is one that the roles are of; see `tests.wire.test_page_rights`."""
STREAMS: frozenset[Place] = frozenset({("/live", "GET")})
"""Pages without an end, which have tests of their own."""
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
    "party": "users",
    "webhook": "1",
    "delivery": "1",
    "name": "rita",
    "robot": "ci",
    "person": "leo",
    "group": "crew",
    "event": "1",
}
"""What stands for the words in a route's address."""
PUBLIC = {"project": "base", "repository": "alpine", "tag": "3.20", "digest": digest_of(MODULE)}
"""The same of what is public."""
