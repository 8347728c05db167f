"""/explain: may somebody do something, and why?"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.rules import roles
from moorage.rules.roles import Action
from moorage.rules.sessions import Stage
from moorage.service.explain_access import ExplainAccess
from moorage.service.sign_in import SignIn
from moorage.web.rendering import render, render_refused
from moorage.web.visitor import visitor

_ACTIONS = {action.value: roles.MEANING[action] for action in Action if action in roles.GIVEN}


def routes(sign_in: SignIn, explain: ExplainAccess) -> list[Route]:
    """It only reads, so that an answer has an address that can be sent to whoever asked."""

    async def show(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        signed = seen.at(Stage.OPEN)
        asked = {name: request.query_params.get(name, "").strip() for name in ("subject", "action", "where", "tag")}
        values = {**seen.shown, **asked, "actions": _ACTIONS, "found": None}
        if not asked["where"]:
            return render("explain.html", fault="", **{**values, "subject": asked["subject"] or signed.who.name})
        try:
            action, project, repository = _read(asked["action"], asked["where"])
            values["found"] = await explain(
                signed.who, asked["subject"], action, project=project, repository=repository, tag=asked["tag"] or None
            )
        except Refusal as refusal:
            return render_refused("explain.html", refusal, **values)
        return render("explain.html", fault="", **values)

    return [Route("/explain", show)]


def _read(action: str, where: str) -> tuple[Action, str, str | None]:
    """The action, the project, and the repository's name within it if one is meant."""
    if action not in _ACTIONS:
        raise Refusal(Code.QUERY_INVALID, "choose what they want to do")
    project, slash, _ = where.partition("/")
    return Action(action), project, RepositoryName.parse(where).inner if slash else None
