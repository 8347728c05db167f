"""/administration/sign-on: who vouches for people and for jobs, tried out, and trusted or not."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Refusal
from moorage.rules.federation import ALGORITHMS, USUAL_ALGORITHMS
from moorage.rules.roles import Action
from moorage.service.examine_sign_on import ExamineSignOn
from moorage.service.manage_trusts import ManageTrusts
from moorage.service.read_settings import ReadSettings
from moorage.service.sign_in import SignIn
from moorage.web.administering import HOME, page, require
from moorage.web.fields import needed
from moorage.web.lists import listing
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go

_SIGN_ON = f"{HOME}/sign-on"
BACK = "/sign-on/back"


def routes(sign_in: SignIn, examine: ExamineSignOn, settings: ReadSettings, trusts: ManageTrusts) -> list[Route]:
    """What was found is shown by the answer to the form."""

    async def shown(seen: Visitor, refusal: Refusal | None, **came: Any) -> Response:  # noqa: ANN401 - what a form gave
        told = [setting for setting in settings.all(seen.who) if setting.name.startswith(("oidc.", "ldap."))]
        return await page(
            seen,
            "sign-on.html",
            refusal,
            provider=[setting for setting in told if setting.name.startswith("oidc.")],
            directory=[setting for setting in told if setting.name.startswith("ldap.")],
            has_provider=any(setting.name == "oidc.issuer" and setting.value for setting in told),
            has_directory=any(setting.name == "ldap.url" and setting.value for setting in told),
            found=await trusts.issuers(seen.who, listing(seen)),
            algorithms=ALGORITHMS,
            usual=USUAL_ALGORITHMS,
            **{"of_provider": None, "of_directory": None, **came},
        )

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        return await shown(seen, refusal)

    async def try_provider(seen: Visitor, _: Fields) -> Response:
        return await shown(seen, None, of_provider=await examine.provider(seen.who, seen.base + BACK))

    async def try_directory(seen: Visitor, fields: Fields) -> Response:
        name = fields.get("name", "").strip()
        return await shown(seen, None, of_directory=await examine.directory(seen.who, name))

    async def trust(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_INSTANCE)
        name = needed(fields, "name", "give what the issuer is called here")
        algorithms = [one for one in ALGORITHMS if fields.get(f"by {one}") == "yes"]
        keys = fields.get("keys", "").strip() or None
        url, audience = fields.get("url", "").strip(), fields.get("audience", "").strip()
        await trusts.add_issuer(seen.who, name, url, audience, algorithms, keys)
        return go(after(_SIGN_ON, "saved"))

    async def distrust(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_INSTANCE)
        name = needed(fields, "name", "give the name of an issuer")
        confirmed(fields, name)
        await trusts.remove_issuer(seen.who, name)
        return go(after(_SIGN_ON, "deleted"))

    acts = {
        "/provider": try_provider,
        "/directory": try_directory,
        "/issuers": trust,
        "/issuers/delete": distrust,
    }
    return screen(sign_in, _SIGN_ON, show, acts)
