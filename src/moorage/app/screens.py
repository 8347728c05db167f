"""The pages for people: each is given its use cases here."""

from typing import NamedTuple

from starlette.routing import Route

from moorage.app.administration import administration_of
from moorage.app.parts import Parts
from moorage.app.people import People
from moorage.app.rounds import read_statistics
from moorage.app.webhooks import manage_deliveries, manage_webhooks
from moorage.service.accept_invitation import AcceptInvitation
from moorage.service.collect_garbage import CollectGarbage
from moorage.service.copy_image import CopyImage
from moorage.service.delete_content import DeleteContent
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
from moorage.service.read_audit import ReadAudit
from moorage.service.read_history import ReadHistory
from moorage.service.read_home import ReadHome
from moorage.service.read_images import ReadImages
from moorage.service.read_news import ReadNews
from moorage.service.read_rights import ReadRights
from moorage.service.search_all import SearchAll
from moorage.web import (
    account,
    activity,
    comparing,
    explaining,
    home,
    image,
    inviting,
    jobs,
    looking_back,
    members,
    preferring,
    project,
    project_activity,
    projects,
    repository,
    repository_settings,
    repository_trash,
    retention,
    robots,
    searching,
    settings,
    signing,
    single,
    tag,
    tag_rules,
    trash,
    webhooks,
)
from moorage.web.in_project import InProject
from moorage.web.live import Live
from moorage.web.pages import Pages
from moorage.web.repositories import Frame
from moorage.web.within import Within


class Shared(NamedTuple):
    """Use cases that other faces have too, and that there is one of."""

    reading: ReadAudit
    jobs: ManageJobs
    schedules: ManageSchedules
    collecting: CollectGarbage


def pages_of(parts: Parts, who: People, shared: Shared) -> Pages:
    """What people in a browser see. A repository's own page stands last: its address fits whatever begins so."""
    title = parts.settings.oidc.title if who.sign_on is not None else None
    records, clock = parts.records, parts.clock
    news = ReadNews(records)
    manage = ManageProjects(records, clock, parts.redirects_last, parts.window, parts.settings.jobs.time_zone)
    repositories = ManageRepositories(records, clock, parts.redirects_last, parts.room)
    return Pages(
        who.sign_in,
        [
            *preferring.routes(),
            *_of_people(parts, who, title),
            *activity.routes(who.sign_in, news),
            *searching.routes(who.sign_in, SearchAll(records)),
            *administration_of(parts, who, shared.reading, shared.jobs, shared.collecting),
            *projects.routes(who.sign_in, manage),
            *_of_what_a_project_does(parts, who, shared, manage),
            *_of_a_project(parts, who, shared, manage, repositories),
            *_of_a_repository(parts, who, repositories),
        ],
        home.page(news, ReadHome(records, parts.blobs, clock, parts.room)),
        Live(who.sign_in, news, shared.jobs),
        title,
    )


def _of_people(parts: Parts, who: People, title: str | None) -> list[Route]:
    accept = AcceptInvitation(parts.records, parts.passwords, parts.secrets, parts.clock, parts.newcomers)
    return [
        *signing.routes(who.sign_in, who.authenticate, who.manage, title),
        *explaining.routes(who.sign_in, who.explain),
        *(single.routes(who.sign_in, who.sign_on) if who.sign_on is not None else ()),
        *account.routes(who.sign_in, who.authenticate, who.sessions, who.manage, who.factors, who.personal),
        *inviting.routes(who.sign_in, accept),
    ]


def _of_what_a_project_does(parts: Parts, who: People, shared: Shared, manage: ManageProjects) -> list[Route]:
    records, clock = parts.records, parts.clock
    own = InProject(who.sign_in, ReadRights(records), manage)
    return [
        *jobs.routes(own, shared.jobs, shared.schedules),
        *retention.routes(own, PlanRetention(records, clock), shared.jobs, shared.schedules),
        *webhooks.routes(own, manage_webhooks(parts), manage_deliveries(parts)),
        *tag_rules.routes(own, ManageTagRules(records, clock)),
    ]


def _of_a_project(
    parts: Parts, who: People, shared: Shared, manage: ManageProjects, repositories: ManageRepositories
) -> list[Route]:
    records, secrets, clock = parts.records, parts.secrets, parts.clock
    within, quotas = Within(ReadRights(records), manage), ManageQuotas(records, clock, parts.room)
    invitations = ManageInvitations(records, secrets, clock, parts.newcomers)
    trusts = ManageTrusts(records, parts.assertions, clock)
    return [
        *members.routes(who.sign_in, within, ManageMembers(records, clock), invitations),
        *robots.routes(who.sign_in, within, ManageRobots(records, secrets, clock), trusts),
        *settings.routes(who.sign_in, within, manage, repositories, ManageRedirects(records, clock), quotas),
        *project_activity.routes(who.sign_in, within, shared.reading),
        *trash.routes(who.sign_in, within, ManageTrash(records, clock, parts.window, parts.room)),
        *project.routes(who.sign_in, within, repositories, quotas, read_statistics(parts)),
    ]


def _of_a_repository(parts: Parts, who: People, repositories: ManageRepositories) -> list[Route]:
    records, clock, window = parts.records, parts.clock, parts.window
    frame = Frame(ReadRights(records), repositories)
    images, history = ReadImages(records, parts.blobs), ReadHistory(records)
    delete, move = DeleteContent(records, clock, window), MoveTag(records, clock, window, parts.room)
    buried = ManageTrash(records, clock, window, parts.room)
    copy = CopyImage(records, clock, parts.settings.allow_sparse, parts.room)
    return [
        *tag.routes(who.sign_in, frame, images, history, delete, move),
        *image.routes(who.sign_in, frame, images, delete, buried, copy, window),
        *looking_back.routes(who.sign_in, frame, history, clock),
        *comparing.routes(who.sign_in, frame, images),
        *repository_settings.routes(who.sign_in, frame, delete, window),
        *repository_trash.routes(who.sign_in, frame, buried, window),
        *repository.routes(who.sign_in, frame, images, delete, move),
    ]
