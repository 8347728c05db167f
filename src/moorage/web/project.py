"""/projects/{project}: what it is, and its repositories."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Refusal
from moorage.rules import markdown
from moorage.rules.facts import RepositoryRecord
from moorage.rules.labels import Label
from moorage.service.manage_quotas import ManageQuotas
from moorage.service.manage_repositories import ManageRepositories
from moorage.service.read_statistics import ReadStatistics
from moorage.service.sign_in import SignIn
from moorage.web.lists import listing
from moorage.web.rendering import answer
from moorage.web.screen import screen
from moorage.web.visitor import Visitor
from moorage.web.within import Within, inner, project_of

_SORTS = ("name", "pushed_at", "bytes", "created_at")
_LABELS_SHOWN = 4
_LONGEST_LINE = 160


def routes(
    sign_in: SignIn,
    within: Within,
    repositories: ManageRepositories,
    quotas: ManageQuotas,
    statistics: ReadStatistics,
) -> list[Route]:
    """The page that everybody sees who sees the project; how much is pulled and kept only those who have signed in."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        name = project_of(seen)
        values = await within.shown(seen, "", refusal)
        label = seen.request.query_params.get("label", "").strip()
        where = {"labels": (Label.parse(label),)} if label else {}
        found = await repositories.page(seen.who, name, listing(seen, _SORTS, **where))
        is_in = seen.signed is not None
        values |= {
            "found": found,
            "pulls": await statistics.pulls(seen.who, name, found.items) if is_in else None,
            "standing": (await quotas.find(seen.who, name)).standing if is_in else None,
            "about": markdown.to_html(values["project"].description),
            "inner": inner,
            "first_line": first_line,
            "labels": labels,
        }
        return answer("project.html", refusal, **values)

    return screen(sign_in, "/projects/{project}", show, guests=True)


def first_line(text: str) -> str:
    """What a description begins with, without what marks it as a heading or a list."""
    lines = (line.strip().lstrip("#>*-+ \t").strip() for line in text.splitlines())
    return next((line for line in lines if line), "")[:_LONGEST_LINE]


def labels(record: RepositoryRecord) -> Sequence[str]:
    """Some of its labels, as `env=prod`."""
    named: Mapping[str, str] = record.labels
    return [f"{name}={named[name]}" for name in sorted(named)[:_LABELS_SHOWN]]
