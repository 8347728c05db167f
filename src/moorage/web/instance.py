"""/administration and /administration/settings: how the registry fares, and how it was set up."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Refusal
from moorage.service.overlook_instance import OverlookInstance
from moorage.service.read_settings import ReadSettings
from moorage.service.sign_in import SignIn
from moorage.web.administering import HOME, page
from moorage.web.screen import screen
from moorage.web.visitor import Visitor


def routes(sign_in: SignIn, overlook: OverlookInstance, settings: ReadSettings) -> list[Route]:
    """Both are only read."""

    async def health(seen: Visitor, refusal: Refusal | None) -> Response:
        return await page(seen, "health.html", refusal, found=await overlook(seen.who))

    async def set_up(seen: Visitor, refusal: Refusal | None) -> Response:
        return await page(seen, "instance_settings.html", refusal, settings=settings.all(seen.who))

    return [*screen(sign_in, f"{HOME}/settings", set_up), *screen(sign_in, HOME, health)]
