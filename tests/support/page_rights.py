"""Every page and form about the registry and what is in it, and what it takes: an action of the permission matrix.

`None`: whoever is signed in; what they see on it is their own matter.
"""

from moorage.rules.roles import Action

Place = tuple[str, str]
PLACES: dict[Place, Action | None] = {
    ("/projects", "GET"): None,
    ("/projects", "POST"): Action.CREATE_PROJECT,
    ("/projects/{project}", "GET"): Action.READ_PROJECT,
}
"""By route and method. In the test `{project}` is one that the roles are of; see `tests.wire.test_page_rights`."""
OPEN: frozenset[str] = frozenset({"/projects", "/projects/{project}"})
"""Pages that strangers see too, where what they show is public: `base` in the test, as `shop` is private."""
EXAMPLES = {"project": "shop"}
"""What stands for the words in a route's address."""
PUBLIC = {"project": "base"}
"""The same of what is public."""
