"""/issuers, and the trusts of robots: /projects/{project}/robots/{name}/trusts and /robots/{name}/trusts."""

import json
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Path, Request, Response
from pydantic import ConfigDict, Field

from moorage.api.rest.asking import InProject, OfRobot, Who, locate, own_router
from moorage.api.rest.models.body import Change, Given, Short, Shown
from moorage.api.rest.models.told import Told
from moorage.api.rest.paging import NamePage, Page
from moorage.api.rest.state import Matching
from moorage.oci.error import Code, Refusal
from moorage.rules.federation import USUAL_ALGORITHMS, Issuer, Trust
from moorage.service.manage_trusts import ManageTrusts

_LARGEST_ID = 2**63 - 1
OfIssuer: TypeAlias = Annotated[str, Path(description="the issuer's name here")]
OfTrust: TypeAlias = Annotated[int, Path(ge=1, le=_LARGEST_ID, description="the trust's id")]
Url: TypeAlias = Annotated[str, Field(strict=True, max_length=512)]


class Jwk(Told):
    """A public key (RFC 7517, section 4): it has more members, which depend on its kind."""

    model_config = ConfigDict(extra="allow")
    kty: Annotated[Short, Field(examples=["RSA"])]
    """`RSA`, `EC` or `OKP`; others are passed over"""


class Jwks(Told):
    """A JWK set (RFC 7517, section 5)."""

    model_config = ConfigDict(extra="forbid")
    keys: list[Jwk]
    """public keys, as the issuer publishes them"""


class NewIssuer(Given):
    """An issuer of identity tokens that shall be trusted."""

    name: Annotated[Short, Field(examples=["github"])]
    """what it is called here: lower-case letters, digits and single . _ - between them"""
    url: Annotated[Url, Field(examples=["https://token.actions.githubusercontent.com"])]
    """its `iss`, letter for letter"""
    audience: Annotated[Url, Field(examples=["https://registry.example.com"])]
    """what tokens for this registry name as `aud`"""
    algorithms: list[Short] = Field(default=list(USUAL_ALGORITHMS))
    """the signatures that are believed"""
    keys: Jwks | None = None
    """a JWK set of public keys; null: as the issuer publishes them"""


class IssuerChange(Change):
    """What shall be different; what is absent stays."""

    audience: Url = ""
    """what tokens for this registry name as `aud`"""
    algorithms: list[Short] = Field(default=[])
    """the signatures that are believed"""
    keys: Jwks | None = None
    """a JWK set of public keys; null: as the issuer publishes them"""


class IssuerShown(Shown):
    """An issuer whose identity tokens are trusted."""

    name: str
    """what it is called here"""
    url: str
    """its `iss`"""
    audience: str
    """what tokens for this registry name as `aud`"""
    algorithms: list[str]
    """the signatures that are believed"""
    keys: dict[str, Any] | None
    """a JWK set of public keys; null: as the issuer publishes them"""
    created_by: str
    """who added it"""
    created_at: float
    """seconds since the epoch"""


class NewTrust(Given):
    """What an identity token must claim to be this robot."""

    issuer: Annotated[Short, Field(examples=["github"])]
    """the issuer's name here"""
    claims: Annotated[
        dict[Annotated[str, Field(max_length=128)], Annotated[str, Field(strict=True, max_length=512)]],
        Field(examples=[{"repository": "acme/app", "ref": "refs/heads/*"}]),
    ]
    """all of these must fit; `*` stays between slashes, `**` does not, and at least one stands without either"""


class TrustShown(Shown):
    """What an identity token must claim to be this robot."""

    id: int
    """never used again"""
    issuer: str
    """the issuer's name here"""
    claims: dict[str, str]
    """all of these must fit"""
    created_by: str
    """who made it"""
    created_at: float
    """seconds since the epoch"""


def routes(manage: ManageTrusts) -> APIRouter:
    """Issuers and trusts."""
    router = own_router(["workload identity"])
    _issuers(router, manage)
    _of_projects(router, manage)
    _of_instance(router, manage)
    return router


def _issuers(router: APIRouter, manage: ManageTrusts) -> None:
    @router.get("/issuers")
    async def list_issuers(who: Who, page: NamePage) -> list[IssuerShown]:
        """The issuers that are trusted."""
        return page.show(await manage.issuers(who, page.listing), _issuer)

    @router.post("/issuers", status_code=201)
    async def add_issuer(who: Who, new: NewIssuer, request: Request, response: Response) -> IssuerShown:
        """Trust an issuer of identity tokens."""
        keys = None if new.keys is None else _written(new.keys)
        made = await manage.add_issuer(who, new.name, new.url, new.audience, new.algorithms, keys)
        locate(request, response, f"issuers/{made.name}")
        return _issuer(made)

    @router.get("/issuers/{issuer}")
    async def get_issuer(who: Who, issuer: OfIssuer) -> IssuerShown:
        """One issuer."""
        return _issuer(await manage.issuer(who, issuer))

    @router.patch("/issuers/{issuer}")
    async def change_issuer(who: Who, issuer: OfIssuer, change: IssuerChange, match: Matching) -> IssuerShown:
        """Change what its tokens must be; what was logged in by them logs in again."""
        stated = change.stated()
        published = "keys" in stated and stated["keys"] is None
        if stated.get("keys") is not None:
            stated["keys"] = _written(stated["keys"])
        return _issuer(await manage.change_issuer(who, issuer, **stated, published=published, still=match.on(_issuer)))

    @router.delete("/issuers/{issuer}", status_code=204)
    async def remove_issuer(who: Who, issuer: OfIssuer, match: Matching) -> None:
        """Trust it no more; its trusts go, and what was logged in by them ends."""
        await manage.remove_issuer(who, issuer, match.on(_issuer))


def _of_projects(router: APIRouter, manage: ManageTrusts) -> None:
    @router.get("/projects/{project}/robots/{name}/trusts")
    async def list_trusts(who: Who, project: InProject, name: OfRobot, page: Page) -> list[TrustShown]:
        """Which identity tokens may be this robot."""
        return page.part(await manage.trusts(who, project, name), _trust, _place_of_trust)

    @router.post("/projects/{project}/robots/{name}/trusts", status_code=201)
    async def add_trust(who: Who, project: InProject, name: OfRobot, new: NewTrust) -> TrustShown:
        """Let jobs whose identity token claims all this be the robot, with no secret of its own."""
        return _trust(await manage.add_trust(who, project, name, new.issuer, new.claims))

    @router.delete("/projects/{project}/robots/{name}/trusts/{number}", status_code=204)
    async def remove_trust(who: Who, project: InProject, name: OfRobot, number: OfTrust) -> None:
        """No longer; what was logged in by it ends within seconds."""
        await manage.remove_trust(who, project, name, number)


def _of_instance(router: APIRouter, manage: ManageTrusts) -> None:
    @router.get("/robots/{name}/trusts")
    async def list_instance_trusts(who: Who, name: OfRobot, page: Page) -> list[TrustShown]:
        """Which identity tokens may be this robot of the instance."""
        return page.part(await manage.trusts(who, None, name), _trust, _place_of_trust)

    @router.post("/robots/{name}/trusts", status_code=201)
    async def add_instance_trust(who: Who, name: OfRobot, new: NewTrust) -> TrustShown:
        """Let jobs whose identity token claims all this be the robot of the instance."""
        return _trust(await manage.add_trust(who, None, name, new.issuer, new.claims))

    @router.delete("/robots/{name}/trusts/{number}", status_code=204)
    async def remove_instance_trust(who: Who, name: OfRobot, number: OfTrust) -> None:
        """No longer; what was logged in by it ends within seconds."""
        await manage.remove_trust(who, None, name, number)


def _written(keys: Jwks) -> str:
    """As they are kept. What could not be shown again, such as half a letter in a member, is refused."""
    try:
        text = keys.model_dump_json()
        json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Refusal(Code.QUERY_INVALID, "keys: a key holds what cannot be written as JSON") from fault
    return text


def _issuer(issuer: Issuer) -> IssuerShown:
    return IssuerShown(
        name=issuer.name,
        url=issuer.url,
        audience=issuer.audience,
        algorithms=list(issuer.algorithms),
        keys=None if issuer.keys is None else json.loads(issuer.keys),
        created_by=issuer.created_by,
        created_at=issuer.created_at,
    )


def _place_of_trust(trust: Trust) -> str:
    return f"{trust.id:019}"


def _trust(trust: Trust) -> TrustShown:
    return TrustShown(
        id=trust.id,
        issuer=trust.issuer,
        claims={name: pattern.text for name, pattern in trust.claims.items()},
        created_by=trust.created_by,
        created_at=trust.created_at,
    )
