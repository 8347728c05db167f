"""Every page and form that only those see who have signed in, and what it takes: an action of the permission matrix.

A page here is refused to strangers. `None`: whoever is signed in; what they see on it is their own matter.
"""

from moorage.rules.roles import Action

Place = tuple[str, str]
PLACES: dict[Place, Action | None] = {
    ("/projects", "GET"): None,
    ("/projects", "POST"): Action.CREATE_PROJECT,
    ("/projects/{project}", "GET"): Action.READ_PROJECT,
}
"""By route and method. In the test `{project}` is one that the roles are of; see `tests.wire.test_page_rights`."""
EXAMPLES = {"project": "shop"}
"""What stands for the words in a route's address."""
