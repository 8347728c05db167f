"""Assemble the program from its settings. Reading this is reading the architecture."""

import asyncio
import os
import socket
import time
from contextlib import AsyncExitStack, suppress

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from moorage.adapters.assertions import JwtAssertions
from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.egress import GuardedEgress
from moorage.adapters.keys import KeyFile, fixed, parse
from moorage.adapters.passwords import Argon2Passwords
from moorage.adapters.provider import Client, OidcProvider
from moorage.adapters.sealing import KeySealing
from moorage.adapters.sealing import parse as parse_key
from moorage.adapters.sealing import read as read_key
from moorage.adapters.secrets import RandomSecrets
from moorage.adapters.sinks.address import sink_of
from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.adapters.tokens import JwtTokens
from moorage.adapters.trail import BufferedTrail
from moorage.api.application import Application, Faces
from moorage.api.blobs import BlobRoutes
from moorage.api.distribution import Distribution
from moorage.api.listings import ListingRoutes
from moorage.api.manifests import ManifestRoutes
from moorage.api.operations import Metrics, OperationRoutes
from moorage.api.origin import Origin
from moorage.api.rest import audit, federation, invitations, members, people, projects, repositories, robots, sessions
from moorage.api.rest.face import RestFace
from moorage.api.tokens import TokenRoutes
from moorage.api.uploads import UploadRoutes
from moorage.api.wire import Pace, Receive, Send
from moorage.app.handover import METRICS_FOLDER
from moorage.app.people_settings import Oidc
from moorage.app.settings import Settings
from moorage.oci.error import Refusal
from moorage.ports.blobs import BlobStore
from moorage.ports.clock import Clock
from moorage.ports.egress import Egress
from moorage.ports.federation import Assertions
from moorage.ports.identity import Passwords, Tokens
from moorage.ports.records import Records
from moorage.ports.sealing import Sealing
from moorage.ports.sign_on import Provider
from moorage.rules.federation import Issuer
from moorage.rules.invitations import Newcomers
from moorage.rules.sessions import Lifetimes, Requirement
from moorage.service.accept_invitation import AcceptInvitation
from moorage.service.ask_directory import AskDirectory
from moorage.service.authenticate import Authenticate
from moorage.service.delete_content import DeleteContent
from moorage.service.explain_access import ExplainAccess
from moorage.service.fetch_blob import FetchBlob
from moorage.service.fetch_manifest import FetchManifest
from moorage.service.issue_token import IssueToken
from moorage.service.keep_house import KeepHouse
from moorage.service.list_content import ListContent
from moorage.service.manage_factor import ManageFactor
from moorage.service.manage_invitations import ManageInvitations
from moorage.service.manage_members import ManageMembers
from moorage.service.manage_people import ManagePeople
from moorage.service.manage_projects import ManageProjects
from moorage.service.manage_redirects import ManageRedirects
from moorage.service.manage_repositories import ManageRepositories
from moorage.service.manage_robots import ManageRobots
from moorage.service.manage_sessions import ManageSessions
from moorage.service.manage_tokens import ManageTokens
from moorage.service.manage_trusts import ManageTrusts
from moorage.service.prove_workload import ProveWorkload
from moorage.service.push_blob import PushBlob
from moorage.service.push_manifest import PushManifest
from moorage.service.read_audit import ReadAudit
from moorage.service.receive_person import ReceivePerson
from moorage.service.report_health import ReportHealth
from moorage.service.second_look import SecondLook
from moorage.service.sign_in import SignIn
from moorage.service.sign_on import SignOn
from moorage.service.stream_audit import StreamAudit
from moorage.web import account, explaining, inviting, signing
from moorage.web import single as single_pages
from moorage.web.pages import Pages
from moorage.worker.audit import forget_forever, stream_forever, write_forever
from moorage.worker.directory import recheck_forever
from moorage.worker.sweeper import sweep_forever

STREAM = "audit"
"""The name under which the records keep how far the audit was sent."""
_DAY, _HOUR, _MINUTE = 86_400, 3600.0, 60.0
_MB = 1024 * 1024


def build(settings: Settings) -> Application:
    """The ASGI application on disk and SQLite; what it opens is opened at its start and closed at its end."""
    records, blobs = SqliteRecords(settings.data, settings.cache_mb * _MB), DiskBlobs(settings.data)
    stack = AsyncExitStack()
    stack.callback(records.close)
    stack.callback(blobs.close)
    given = settings.token_keys
    ring = KeyFile(settings.data) if given is None else fixed(parse(given.get_secret_value()))
    closed = settings.secret_key
    sealing = KeySealing(read_key(settings.data) if closed is None else parse_key(closed.get_secret_value()))
    return assemble(settings, records, blobs, Argon2Passwords(), JwtTokens(ring), sealing, stack=stack)


def assemble(
    settings: Settings,
    records: Records,
    blobs: BlobStore,
    passwords: Passwords,
    tokens: Tokens,
    sealing: Sealing,
    *,
    stack: AsyncExitStack,
    clock: Clock = time.time,
) -> Application:
    """The same on any adapters."""
    origin = Origin(settings.public_url, settings.trusted_proxies)
    secrets, trail = RandomSecrets(), BufferedTrail(records, clock)
    egress = GuardedEgress(settings.egress.allow, settings.egress.ca_file)
    assertions = JwtAssertions(egress, clock)
    workloads = ProveWorkload(records, assertions, clock)
    requirement = Requirement(settings.sign_in.second_factor)
    directory = ask_directory(settings, records, clock)
    authenticate = Authenticate(records, passwords, tokens, secrets, trail, clock, workloads, requirement, directory)
    lifetimes = Lifetimes(settings.sign_in.idle_hours * _HOUR, settings.sign_in.session_days * _DAY)
    look = SecondLook(secrets, sealing)
    sign_in = SignIn(records, secrets, look, trail, clock, lifetimes, requirement)
    provider, receive = _provider(settings.oidc, egress, assertions, clock), ReceivePerson(records, clock)
    single, title = None, None
    if provider is not None:
        single = SignOn(provider, receive, secrets, sealing, trail, clock, settings.oidc.admission())
        title = settings.oidc.title
    managing_sessions, factors = ManageSessions(records, clock), ManageFactor(records, secrets, sealing, look, clock)
    newcomers = Newcomers(settings.sign_in.invitations)
    managing, personal = ManagePeople(records, passwords, clock), ManageTokens(records, secrets, clock)
    accept = AcceptInvitation(records, passwords, secrets, clock, newcomers)
    issue = IssueToken(records, tokens, clock, settings.token_seconds, settings.login_days * _DAY)
    delete, explain = DeleteContent(records, clock), ExplainAccess(records, clock)
    registry = Distribution(
        authenticate=authenticate,
        tokens=TokenRoutes(authenticate, issue),
        manifests=ManifestRoutes(FetchManifest(records), PushManifest(records, clock, settings.allow_sparse), delete),
        blobs=BlobRoutes(FetchBlob(records, blobs, clock), delete),
        uploads=UploadRoutes(PushBlob(records, blobs, clock, settings.largest_blob)),
        listings=ListingRoutes(ListContent(records)),
        origin=origin,
    )
    kept = settings.redirect_days * _DAY
    keep_days = settings.audit.keep_days
    reading = ReadAudit(
        records,
        clock,
        None if keep_days is None else keep_days * _DAY,
        None if settings.audit.stream is None else STREAM,
    )
    metrics = _metrics()
    faces = Faces(
        registry=registry,
        rest=RestFace(
            registry,
            [
                projects.routes(ManageProjects(records, clock, kept)),
                repositories.routes(ManageRepositories(records, clock, kept), delete, ManageRedirects(records, clock)),
                members.routes(ManageMembers(records, clock), explain),
                invitations.routes(ManageInvitations(records, secrets, clock, newcomers)),
                people.routes(managing),
                sessions.routes(managing_sessions, factors),
                robots.routes(ManageRobots(records, secrets, clock), personal),
                federation.routes(ManageTrusts(records, assertions, clock)),
                audit.routes(reading),
            ],
        ),
        operations=OperationRoutes(ReportHealth(records, blobs), metrics),
        web=Pages(
            sign_in,
            [
                *signing.routes(sign_in, authenticate, managing, title),
                *explaining.routes(sign_in, explain),
                *(single_pages.routes(sign_in, single) if single else ()),
                *account.routes(
                    sign_in,
                    authenticate,
                    managing_sessions,
                    managing,
                    factors,
                    personal,
                ),
                *inviting.routes(sign_in, accept),
            ],
            title,
        ),
    )
    house = keep_house(settings, records, blobs, clock)
    streaming = _stream(settings, records, clock)

    async def lifespan(receive: Receive, send: Send) -> None:
        await receive()
        running = [
            asyncio.create_task(sweep_forever(house, sign_in, settings.sweep_minutes * _MINUTE)),
            asyncio.create_task(write_forever(trail)),
            asyncio.create_task(forget_forever(reading)),
        ]
        if directory is not None:
            running.append(asyncio.create_task(recheck_forever(directory)))
        if streaming is not None:
            with suppress(Refusal):
                await streaming.begin()
            running.append(asyncio.create_task(stream_forever(streaming)))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await trail.flush()
        if streaming is not None:
            with suppress(Refusal):  # what is left goes out after the next start
                await streaming.end()
        await stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    return Application(
        faces,
        origin=origin,
        metrics=metrics,
        pace=Pace(settings.idle_seconds, settings.slowest_rate),
        log_requests=settings.log.requests,
        trail=trail,
        tells_pulls=settings.audit.pulls,
        lifespan=lifespan,
    )


def keep_house(settings: Settings, records: Records, blobs: BlobStore, clock: Clock = time.time) -> KeepHouse:
    """The use cases of the sweeper and of `moorage verify`."""
    return KeepHouse(
        records,
        blobs,
        clock,
        patience=settings.upload_hours * _HOUR,
        grace=settings.grace_minutes * _MINUTE,
    )


def _provider(oidc: Oidc, egress: Egress, assertions: Assertions, clock: Clock) -> Provider | None:
    if oidc.issuer is None:
        return None
    client = Client(
        Issuer(0, "oidc", oidc.issuer, oidc.client_id, oidc.algorithms, None, "", 0.0),
        oidc.client_id,
        oidc.client_secret.get_secret_value() if oidc.client_secret is not None else None,
        oidc.scopes,
        oidc.name_claim,
        oidc.groups_claim,
        bool(oidc.allowed_groups or oidc.admin_group or oidc.auditor_group),
    )
    return OidcProvider(client, egress, assertions, clock)


def ask_directory(settings: Settings, records: Records, clock: Clock = time.time) -> AskDirectory | None:
    """What asks the directory, if there is one."""
    ldap = settings.ldap
    if not ldap.url:
        return None
    from moorage.app.directory import directory_of  # noqa: PLC0415 - memory that only those pay who use it

    receives, every = ReceivePerson(records, clock), ldap.check_minutes * _MINUTE
    return AskDirectory(records, directory_of(ldap), receives, ldap.admission(), clock, every)


def _stream(settings: Settings, records: Records, clock: Clock) -> StreamAudit | None:
    if settings.audit.stream is None:
        return None
    sink = sink_of(settings.audit.stream, settings.egress.ca_file)
    return StreamAudit(records, sink, clock, f"{socket.gethostname()}:{os.getpid()}", STREAM)


def _metrics() -> Metrics:
    own = CollectorRegistry()
    shared = METRICS_FOLDER in os.environ

    def collect() -> CollectorRegistry:
        if not shared:
            return own
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return everybody

    return Metrics(collect, own, shared=shared)
