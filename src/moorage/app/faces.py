"""What programs talk to: the registry's protocol and our own API. Each route is given its use case here."""

from moorage.api.blobs import BlobRoutes
from moorage.api.distribution import Distribution
from moorage.api.listings import ListingRoutes
from moorage.api.manifests import ManifestRoutes
from moorage.api.origin import Origin
from moorage.api.rest import (
    audit,
    copies,
    federation,
    garbage,
    history,
    invitations,
    jobs,
    members,
    people,
    projects,
    quotas,
    repositories,
    retention,
    robots,
    schedules,
    sessions,
    statistics,
    tag_rules,
    trash,
    webhooks,
)
from moorage.api.rest.face import RestFace
from moorage.api.tokens import TokenRoutes
from moorage.api.uploads import UploadRoutes
from moorage.app.parts import DAY, Parts
from moorage.app.people import People
from moorage.app.rounds import read_statistics
from moorage.app.webhooks import manage_deliveries, manage_webhooks
from moorage.service.collect_garbage import CollectGarbage
from moorage.service.copy_image import CopyImage
from moorage.service.delete_content import DeleteContent
from moorage.service.fetch_blob import FetchBlob
from moorage.service.fetch_manifest import FetchManifest
from moorage.service.issue_token import IssueToken
from moorage.service.list_content import ListContent
from moorage.service.manage_invitations import ManageInvitations
from moorage.service.manage_jobs import ManageJobs
from moorage.service.manage_members import ManageMembers
from moorage.service.manage_projects import ManageProjects
from moorage.service.manage_quotas import ManageQuotas
from moorage.service.manage_redirects import ManageRedirects
from moorage.service.manage_repositories import ManageRepositories
from moorage.service.manage_robots import ManageRobots
from moorage.service.manage_schedules import ManageSchedules
from moorage.service.manage_tag_rules import ManageTagRules
from moorage.service.manage_trash import ManageTrash
from moorage.service.manage_trusts import ManageTrusts
from moorage.service.move_tag import MoveTag
from moorage.service.plan_retention import PlanRetention
from moorage.service.push_blob import PushBlob
from moorage.service.push_manifest import PushManifest
from moorage.service.read_audit import ReadAudit
from moorage.service.read_history import ReadHistory


def registry_of(parts: Parts, who: People, origin: Origin) -> Distribution:
    """What docker talks to."""
    settings, records, blobs, clock = parts.settings, parts.records, parts.blobs, parts.clock
    issue = IssueToken(records, parts.tokens, clock, settings.token_seconds, settings.login_days * DAY)
    delete = DeleteContent(records, clock, parts.window)
    return Distribution(
        authenticate=who.authenticate,
        tokens=TokenRoutes(who.authenticate, issue),
        manifests=ManifestRoutes(
            FetchManifest(records),
            PushManifest(records, clock, settings.allow_sparse, parts.room),
            delete,
            parts.counts,
        ),
        blobs=BlobRoutes(FetchBlob(records, blobs, clock), delete, parts.counts),
        uploads=UploadRoutes(PushBlob(records, blobs, clock, parts.room, settings.largest_blob), parts.counts),
        listings=ListingRoutes(ListContent(records)),
        origin=origin,
    )


def rest_of(
    parts: Parts,
    who: People,
    registry: Distribution,
    reading: ReadAudit,
    manage_jobs: ManageJobs,
    manage_schedules: ManageSchedules,
    collecting: CollectGarbage,
) -> RestFace:
    """What the command line and other programs talk to: a line per noun."""
    records, secrets, clock, kept = parts.records, parts.secrets, parts.clock, parts.redirects_last
    delete = DeleteContent(records, clock, parts.window)
    in_repositories = ManageRepositories(records, clock, kept, parts.room)
    return RestFace(
        registry,
        [
            tag_rules.routes(ManageTagRules(records, clock)),
            projects.routes(ManageProjects(records, clock, kept, parts.window, parts.settings.jobs.time_zone)),
            # before repositories: an address below one would else be a repository's
            history.routes(in_repositories, ReadHistory(records), MoveTag(records, clock, parts.window, parts.room)),
            copies.routes(CopyImage(records, clock, parts.settings.allow_sparse, parts.room)),
            trash.routes(ManageTrash(records, clock, parts.window, parts.room), parts.window),
            repositories.routes(in_repositories, delete, ManageRedirects(records, clock)),
            members.routes(ManageMembers(records, clock), who.explain),
            invitations.routes(ManageInvitations(records, secrets, clock, parts.newcomers)),
            people.routes(who.manage),
            sessions.routes(who.sessions, who.factors),
            robots.routes(ManageRobots(records, secrets, clock), who.personal),
            federation.routes(ManageTrusts(records, parts.assertions, clock)),
            webhooks.routes(manage_webhooks(parts), manage_deliveries(parts)),
            audit.routes(reading),
            jobs.routes(manage_jobs),
            schedules.routes(manage_schedules),
            garbage.routes(collecting),
            quotas.routes(ManageQuotas(records, clock, parts.room)),
            statistics.routes(read_statistics(parts)),
            retention.routes(PlanRetention(records, clock)),
        ],
    )
