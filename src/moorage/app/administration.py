"""The pages of those who run the registry, each given its use cases here."""

from starlette.routing import Route

from moorage.adapters.machine import HostMachine
from moorage.app.parts import Parts
from moorage.app.people import People
from moorage.app.rounds import read_statistics
from moorage.app.settings_shown import shown
from moorage.service.collect_garbage import CollectGarbage
from moorage.service.manage_invitations import ManageInvitations
from moorage.service.manage_jobs import ManageJobs
from moorage.service.manage_members import ManageMembers
from moorage.service.manage_quotas import ManageQuotas
from moorage.service.manage_robots import ManageRobots
from moorage.service.manage_trusts import ManageTrusts
from moorage.service.overlook_instance import OverlookInstance
from moorage.service.read_audit import ReadAudit
from moorage.service.read_people import ReadPeople
from moorage.service.read_settings import ReadSettings
from moorage.service.survey_storage import SurveyStorage
from moorage.web import auditing, groups, instance, instance_robots, invitations, people, roles, storage, vouching


def administration_of(
    parts: Parts, who: People, reading: ReadAudit, jobs: ManageJobs, collecting: CollectGarbage
) -> list[Route]:
    """Below /administration and /audit."""
    sign_in, records, clock = who.sign_in, parts.records, parts.clock
    machine = HostMachine(parts.settings.data, parts.settings.workers)
    settings = ReadSettings(shown(parts.settings))
    portraits = ReadPeople(records)
    return [
        *instance.routes(sign_in, OverlookInstance(records, parts.blobs, machine, parts.room), settings),
        *people.routes(sign_in, portraits, who.manage, who.sessions, who.factors),
        *groups.routes(sign_in, portraits, who.manage),
        *invitations.routes(sign_in, ManageInvitations(records, parts.secrets, clock, parts.newcomers)),
        *roles.routes(sign_in, ManageMembers(records, clock)),
        *instance_robots.routes(sign_in, ManageRobots(records, parts.secrets, clock)),
        *vouching.routes(sign_in, who.examine, settings, ManageTrusts(records, parts.assertions, clock)),
        *storage.routes(
            sign_in,
            SurveyStorage(records, clock, parts.room),
            ManageQuotas(records, clock, parts.room),
            read_statistics(parts),
            collecting,
            jobs,
        ),
        *auditing.routes(sign_in, reading),
    ]
