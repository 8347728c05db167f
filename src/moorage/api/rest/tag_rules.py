"""/projects/{project}/tag-rules: what a project asks of its tags."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from moorage.api.rest.asking import InProject, Who, own_router
from moorage.api.rest.models.tag_rules import TagRuleGiven, TagRuleShown
from moorage.api.rest.paging import Page
from moorage.api.rest.state import Matching
from moorage.rules.tag_rule import TagRule, shown
from moorage.rules.tag_rules import MOST_RULES
from moorage.rules.tag_rules_check import parse_rule
from moorage.service.manage_tag_rules import ManageTagRules

_EMPTY: dict[str, Any] = dict.fromkeys(("tags", "tags_regex", "form", "regex", "days"))


def routes(manage: ManageTagRules) -> APIRouter:
    """The whole list, read and written."""
    router = own_router(["tag rules"])

    @router.get("/projects/{project}/tag-rules")
    async def list_tag_rules(who: Who, project: InProject, page: Page) -> list[TagRuleShown]:
        """The rules in their order: of each kind the first that matches counts."""
        numbered = list(enumerate(await manage.find(who, project)))
        return page.part(numbered, lambda entry: _shown(entry[1], project), lambda entry: f"{entry[0]:03}")

    @router.put("/projects/{project}/tag-rules")
    async def set_tag_rules(
        who: Who,
        project: InProject,
        given: Annotated[list[TagRuleGiven], Body(max_length=MOST_RULES)],
        match: Matching,
    ) -> list[TagRuleShown]:
        """Let these be all rules of the project, in this order."""

        def show(rule: TagRule) -> TagRuleShown:
            return _shown(rule, project)

        rules = await manage.put(who, project, [parse_rule(rule.model_dump()) for rule in given], match.on_all(show))
        return [show(rule) for rule in rules]

    return router


def _shown(rule: TagRule, project: str) -> TagRuleShown:
    (fields,) = shown([rule], project)
    return TagRuleShown(**{**_EMPTY, "reason": "", "roles": [], "users": [], "robots": [], **fields})
