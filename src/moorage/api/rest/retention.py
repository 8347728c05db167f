"""/projects/{project}/retention: which images go with time, shown before it is done."""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query

from moorage.api.rest.asking import InProject, Who, own_router
from moorage.api.rest.models.retention import (
    ImageForeseen,
    RetentionForeseen,
    RetentionGiven,
    RetentionPreview,
    RetentionRule,
    RetentionShown,
    TagForeseen,
)
from moorage.api.rest.state import Matching
from moorage.oci.reference import RepositoryName
from moorage.rules.retention import Rule, Verdict
from moorage.rules.retention_terms import fields_of, rules_of, sentence
from moorage.service.plan_retention import PlanRetention, Preview, Standing

_Repository: TypeAlias = Annotated[
    str | None, Query(max_length=255, description="only this repository, by its name within the project")
]
_After: TypeAlias = Annotated[str, Query(max_length=255, description="the `rest` of a look before")]
_Most: TypeAlias = Annotated[int, Query(ge=1, le=10_000, description="verdicts that are told at most")]


def routes(plan: PlanRetention) -> APIRouter:
    """Rules of retention."""
    router = own_router(["retention"])

    @router.get("/projects/{project}/retention")
    async def get_retention(who: Who, project: InProject) -> RetentionShown:
        """The project's rules."""
        return _standing(await plan.find(who, project))

    @router.put("/projects/{project}/retention")
    async def set_retention(who: Who, project: InProject, given: RetentionGiven, match: Matching) -> RetentionShown:
        """Let these be all of its rules; the job `retention` carries them out. Ask for a preview of them first."""
        return _standing(await plan.put(who, project, _rules(given.rules), match.on(_standing)))

    @router.post("/projects/{project}/retention/preview")
    async def preview_retention(
        who: Who,
        project: InProject,
        given: RetentionPreview,
        repository: _Repository = None,
        after: _After = "",
        most: _Most = 1000,
    ) -> RetentionForeseen:
        """What rules would do now, image by image, with the rule that says so. Nothing is deleted."""
        rules = None if given.rules is None else _rules(given.rules)
        if repository is not None:
            return _foreseen(await plan.preview_one(who, RepositoryName.within(project, repository), rules, most=most))
        return _foreseen(await plan.preview(who, project, rules, after=after, most=most))

    return router


def _rules(given: list[RetentionRule]) -> tuple[Rule, ...]:
    return rules_of([rule.model_dump() for rule in given])


def _standing(standing: Standing) -> RetentionShown:
    policy = standing.policy
    return RetentionShown(
        rules=[RetentionRule(**fields_of(rule)) for rule in policy.rules],
        set_by=policy.by or None,
        set_at=policy.at,
        next_at=standing.next_at,
    )


def _foreseen(preview: Preview) -> RetentionForeseen:
    summary = preview.summary
    told = [_image(repository, verdict) for repository, verdict in summary.told]
    return RetentionForeseen(
        images=summary.images,
        delete_images=summary.delete_images,
        delete_tags=summary.delete_tags,
        verdicts=told,
        left_out=summary.images - len(told),
        too_large=summary.too_large,
        pulls_known_since=summary.pulls_since,
        rest=preview.rest,
    )


def _image(repository: str, verdict: Verdict) -> ImageForeseen:
    return ImageForeseen(
        repository=repository,
        digest=verdict.image.digest,
        verdict="keep" if verdict.stays else "delete",
        reason=sentence(verdict.why, stays=verdict.stays),
        rule=verdict.why.rule,
        tags=list(_tags(verdict)),
        pushed_at=verdict.image.pushed_at,
        pulled_at=verdict.image.pulled_at,
        restored_at=verdict.image.restored_at,
        size=verdict.image.size,
    )


def _tags(verdict: Verdict) -> Iterator[TagForeseen]:
    for tag in verdict.tags:
        yield TagForeseen(
            name=tag.name,
            verdict="keep" if tag.stays else "delete",
            reason=sentence(tag.why, stays=tag.stays),
            rule=tag.why.rule,
        )
