"""/projects/{project}/quota, and that of the registry: /quota."""

from fastapi import APIRouter

from moorage.api.rest.asking import InProject, Who, own_router
from moorage.api.rest.models.quotas import MendedShown, QuotaGiven, QuotaShown, RecountShown, ShareShown
from moorage.api.rest.state import Matching
from moorage.rules.quota import Quota
from moorage.service.manage_quotas import ManageQuotas, Shown


def routes(manage: ManageQuotas) -> APIRouter:
    """Quotas."""
    router = own_router(["quotas"])

    @router.get("/projects/{project}/quota")
    async def get_quota(who: Who, project: InProject) -> QuotaShown:
        """How much the project keeps and may keep, and what of it is largest."""
        return _quota(await manage.find(who, project))

    @router.put("/projects/{project}/quota")
    async def set_quota(who: Who, project: InProject, given: QuotaGiven, match: Matching) -> QuotaShown:
        """Give the project a quota of its own."""
        return _quota(await manage.set(who, project, Quota(given.bytes, given.warn_at), match.on(_quota)))

    @router.delete("/projects/{project}/quota", status_code=204)
    async def remove_quota(who: Who, project: InProject, match: Matching) -> None:
        """Let the settings say again how much the project may keep."""
        await manage.remove(who, project, match.on(_quota))

    @router.get("/quota")
    async def get_total_quota(who: Who) -> QuotaShown:
        """How much the registry keeps, each layer once, and which projects keep most."""
        return _quota(await manage.find_total(who))

    @router.post("/quota/recount")
    async def recount(who: Who) -> RecountShown:
        """Count all bytes anew from what is linked, and mend what was counted wrong."""
        found = await manage.recount(who)
        wrong = [each for each in found if not each.is_right]
        return RecountShown(
            projects=len(found) - 1,
            drift=sum(abs(each.drift) for each in wrong),
            mended=[MendedShown(name=each.name, kept=each.kept, counted=each.counted) for each in wrong],
        )

    return router


def _quota(shown: Shown) -> QuotaShown:
    standing = shown.standing
    return QuotaShown(
        bytes=standing.limit,
        own=shown.own,
        warn_at=standing.warn_at,
        used=standing.used,
        largest=[ShareShown(name=share.name, bytes=share.bytes) for share in shown.largest],
    )
