"""/projects/{project}/-/retention: what goes with time; rules are tried and seen at work before they are saved."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.rules import condition
from moorage.rules.cron_words import said
from moorage.rules.retention import Effect, Rule
from moorage.rules.retention_summary import Summary
from moorage.rules.retention_terms import MOST_RULES, Policy
from moorage.service.manage_jobs import ManageJobs
from moorage.service.manage_schedules import ManageSchedules
from moorage.service.plan_retention import PlanRetention, Preview, Standing
from moorage.web import schedule_form
from moorage.web.in_project import InProject
from moorage.web.rendering import answer
from moorage.web.retention_form import filled, packed, read, unpacked, whole
from moorage.web.said import after
from moorage.web.screen import Fields, screen
from moorage.web.surroundings import Query
from moorage.web.visitor import Visitor, go
from moorage.web.within import project_of

_PATH = "/projects/{project}/-/retention"
_KIND = "retention"
ROWS, RUNS, LARGEST = 100, 5, 20
"""Images of a page, runs, and repositories of which sums are shown one by one."""
MOST_ROWS = 1_000_000


def routes(own: InProject, plan: PlanRetention, jobs: ManageJobs, schedules: ManageSchedules) -> list[Route]:
    """What is set, and what is tried."""
    shown = _Page(own, plan, jobs, schedules)
    return [
        *screen(own.sign_in, f"{_PATH}/draft", shown.show_draft, {"": shown.edit, "/save": shown.save}),
        *screen(own.sign_in, _PATH, shown.show),
    ]


@dataclass(frozen=True, slots=True)
class _Page:
    own: InProject
    plan: PlanRetention
    jobs: ManageJobs
    schedules: ManageSchedules

    async def show(self, seen: Visitor, refusal: Refusal | None) -> Response:
        """The rules that are set, when they are carried out, and what came of it last."""
        told = await self.own.told(seen, "retention:read")
        project = project_of(seen)
        policy = (await self.plan.find(seen.who, project)).policy
        schedule, runs = await self._carried_out(seen, told)
        return answer(
            "retention.html",
            refusal,
            **told,
            policy=policy,
            rules=[whole(rule) for rule in policy.rules],
            packed=_packed_if_short(policy),
            deletes=any(rule.effect is Effect.DELETE for rule in policy.rules),
            runs=runs,
            planned=schedule,
            form={"zone": "", **schedule_form.filled(schedule["schedule"] if schedule else None)},
            zone=told["project"].time_zone or self.schedules.zone,
        )

    async def show_draft(self, seen: Visitor, refusal: Refusal | None) -> Response:
        """Rules that are tried: what they would do, by the plan that a run carries out."""
        told = await self.own.told(seen, "retention:read")
        policy = (await self.plan.find(seen.who, project_of(seen))).policy
        typed = await seen.form() if refusal is not None else {}
        asked = seen.request.query_params
        given = typed.get("rules", asked.get("rules"))
        rules = policy.rules if given is None else unpacked(given)
        edit = _number(typed.get("edit", asked.get("edit", "")), len(rules))
        odd, foreseen = None, None
        try:
            foreseen = await self._foreseen(seen, rules)
        except Refusal as found:
            odd = found
        return answer(
            "retention_draft.html",
            refusal or odd,
            **told,
            **_shown(foreseen, Query(seen.request)),
            rules=[whole(rule) for rule in rules],
            without=[packed(rules[:number] + rules[number + 1 :]) for number in range(len(rules))],
            packed=packed(rules),
            is_new=rules != policy.rules,
            mark=_mark(policy),
            edit=edit,
            form={**filled(rules[edit - 1] if edit else None), **typed},
            open=bool(edit or typed) or not rules,
        )

    async def edit(self, seen: Visitor, fields: Fields) -> Response:
        """Another rule among those that are tried, or one of them changed. Nothing is set by this."""
        await self.own.require(seen, "retention:read")
        rules = unpacked(fields["rules"]) if "rules" in fields else ()
        number = _number(fields.get("edit", ""), len(rules))
        rule = read(number or len(rules) + 1, fields)
        rules = (*rules[: number - 1], rule, *rules[number:]) if number else (*rules, rule)
        if len(rules) > MOST_RULES:
            raise Refusal(Code.QUERY_INVALID, f"a project has at most {MOST_RULES} rules of retention")
        return go(f"/projects/{project_of(seen)}/-/retention/draft?rules={packed(rules)}")

    async def save(self, seen: Visitor, fields: Fields) -> Response:
        """Let the rules that were tried be all of the project's, if nobody else has changed them meanwhile."""
        await self.own.require(seen, "retention:manage")
        if "rules" not in fields:
            raise Refusal(Code.QUERY_INVALID, "there are no rules in this form: open the page again")

        def still(now: Standing) -> None:
            if _mark(now.policy) != fields.get("seen", ""):
                raise condition.changed()

        await self.plan.put(seen.who, project_of(seen), unpacked(fields["rules"]), still)
        return go(after(f"/projects/{project_of(seen)}/-/retention", "saved"))

    async def _foreseen(self, seen: Visitor, rules: tuple[Rule, ...]) -> Preview:
        asked, project = Query(seen.request), project_of(seen)
        most = _row(asked) + ROWS
        if repository := asked.get("repository").strip():
            return await self.plan.preview_one(seen.who, RepositoryName.within(project, repository), rules, most=most)
        return await self.plan.preview(seen.who, project, rules, after=asked.get("after")[:255], most=most)

    async def _carried_out(self, seen: Visitor, told: dict[str, Any]) -> tuple[dict[str, Any] | None, Any]:
        """When, and the last times; nothing for those who may not see jobs."""
        if not told["rights"].may("job:read"):
            return None, ()
        project = project_of(seen)
        runs = await self.jobs.page(seen.who, project, kind=_KIND, state=None, before=None, size=RUNS)
        for one in await self.schedules.list(seen.who, project):
            if one.kind == _KIND:
                zone = one.zone or one.own_zone or self.schedules.zone
                return {"schedule": one, "words": said(one.cron), "zone": zone}, runs.items
        return None, runs.items


def _packed_if_short(policy: Policy) -> str:
    """Nothing where they are too many for an address: the page says how else."""
    try:
        return packed(policy.rules)
    except Refusal:
        return ""


def _shown(preview: Preview | None, query: Query) -> dict[str, Any]:
    """The sums of all, of each repository that loses the most, and a page of the images."""
    found = preview.summary if preview is not None else Summary(0)
    wants_all, row = query.get("only") == "all", _row(query)
    rows = found.total.images if wants_all else found.total.lose
    return {
        "preview": preview,
        "total": found.total,
        "losing": sorted(found.each, key=lambda one: one[1].go, reverse=True)[:LARGEST],
        "too_large": found.too_large,
        "pulls_since": found.pulls_since,
        "verdicts": (found.told if wants_all else found.losing)[row : row + ROWS],
        "row": row,
        "rows": rows,
        "following": row + ROWS if row + ROWS < rows else None,
        "inner": lambda name: RepositoryName.parse(name).inner,
    }


def _row(query: Query) -> int:
    """The image after which the page begins."""
    return _number(query.get("row"), MOST_ROWS)


def _mark(policy: Policy) -> str:
    """Names these rules: whoever saves others has seen what they replace."""
    return sha256(repr(policy.rules).encode()).hexdigest()[:32]


def _number(text: str, most: int) -> int:
    """A number up to `most`, from 1 on; 0 where it is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    return int(text) if is_number and int(text) <= most else 0
