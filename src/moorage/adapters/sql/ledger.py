"""The ledger over one connection: each noun has its module."""

from moorage.adapters.sql.accounts import SqlAccounts
from moorage.adapters.sql.blobs import SqlBlobs
from moorage.adapters.sql.deliveries import SqlDeliveries
from moorage.adapters.sql.events import SqlEvents
from moorage.adapters.sql.federation import SqlIssuers, SqlTrusts
from moorage.adapters.sql.garbage import SqlGarbage
from moorage.adapters.sql.groups import SqlGroups
from moorage.adapters.sql.hot import Hot, HotBlobs, HotManifests
from moorage.adapters.sql.images import SqlImages
from moorage.adapters.sql.jobs import SqlJobs
from moorage.adapters.sql.manifests import SqlManifests
from moorage.adapters.sql.members import SqlCustomRoles, SqlMembers
from moorage.adapters.sql.news import SqlNews
from moorage.adapters.sql.people import SqlInvitations, SqlSecondFactors, SqlSessions
from moorage.adapters.sql.projects import SqlProjects
from moorage.adapters.sql.quotas import SqlQuotas
from moorage.adapters.sql.redirects import SqlRedirects
from moorage.adapters.sql.repositories import SqlRepositories
from moorage.adapters.sql.retention import SqlRetention
from moorage.adapters.sql.robots import SqlPersonalTokens, SqlRobots
from moorage.adapters.sql.schedules import SqlSchedules
from moorage.adapters.sql.search import SqlSearch
from moorage.adapters.sql.session import Session
from moorage.adapters.sql.statistics import SqlStatistics
from moorage.adapters.sql.tag_rules import SqlTagRules
from moorage.adapters.sql.tags import SqlTags
from moorage.adapters.sql.trash import SqlTrash
from moorage.adapters.sql.uploads import SqlUploads
from moorage.adapters.sql.webhooks import SqlWebhooks


class SqlLedger:
    """See `ports.records.Ledger`."""

    def __init__(self, session: Session, hot: Hot | None = None) -> None:
        """With `hot`, what is pulled often comes from memory: for reading alone."""
        self.projects = SqlProjects(session)
        self.repositories = SqlRepositories(session)
        self.redirects = SqlRedirects(session)
        self.manifests = SqlManifests(session) if hot is None else HotManifests(session, hot)
        self.tags = SqlTags(session)
        self.images = SqlImages(session)
        self.tag_rules = SqlTagRules(session)
        self.trash = SqlTrash(session)
        self.blobs = SqlBlobs(session) if hot is None else HotBlobs(session, hot)
        self.uploads = SqlUploads(session)
        self.garbage = SqlGarbage(session)
        self.accounts = SqlAccounts(session)
        self.groups = SqlGroups(session)
        self.sessions = SqlSessions(session)
        self.second_factors = SqlSecondFactors(session)
        self.invitations = SqlInvitations(session)
        self.members = SqlMembers(session)
        self.roles = SqlCustomRoles(session)
        self.robots = SqlRobots(session)
        self.personal_tokens = SqlPersonalTokens(session)
        self.issuers = SqlIssuers(session)
        self.trusts = SqlTrusts(session)
        self.events = SqlEvents(session)
        self.jobs = SqlJobs(session)
        self.schedules = SqlSchedules(session)
        self.webhooks = SqlWebhooks(session)
        self.deliveries = SqlDeliveries(session)
        self.quotas = SqlQuotas(session)
        self.statistics = SqlStatistics(session)
        self.retention = SqlRetention(session)
        self.news = SqlNews(session)
        self.search = SqlSearch(session)
