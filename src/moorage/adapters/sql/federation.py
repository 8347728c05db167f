"""Issuers, trusts, and the identity tokens that were shown, in SQL."""

import json
from collections.abc import Sequence
from types import MappingProxyType

from moorage.adapters.sql import lists
from moorage.adapters.sql.session import Row, Session
from moorage.rules.federation import Issuer, Trust
from moorage.rules.listing import Listing
from moorage.rules.pattern import Pattern

_ISSUER = "id, name, url, audience, algorithms, keys, created_by, created_at"
_TRUST = "t.id, t.robot_id, t.issuer_id, i.name, t.claims, t.created_by, t.created_at"
_TRUSTS = f"SELECT {_TRUST} FROM trusts t JOIN issuers i ON i.id = t.issuer_id"
_NEW_EPOCH = "UPDATE robots SET epoch = epoch + 1 WHERE id IN (SELECT robot_id FROM trusts WHERE "


_ALL = lists.Source(_ISSUER, "issuers WHERE 1 = 1", {"name": "name"}, {})


class SqlIssuers:
    """See `ports.trusts.Issuers`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str) -> Issuer | None:
        """By its unique name."""
        row = self._session.one(f"SELECT {_ISSUER} FROM issuers WHERE name = :name", name=name)
        return _issuer(row) if row else None

    def by_url(self, url: str) -> Issuer | None:
        """By its unique url, letter for letter."""
        row = self._session.one(f"SELECT {_ISSUER} FROM issuers WHERE url = :url", url=url)
        return _issuer(row) if row else None

    def create(self, issuer: Issuer) -> Issuer | None:
        """Insert unless name or url are taken."""
        made = self._session.run(
            "INSERT INTO issuers (name, url, audience, algorithms, keys, created_by, created_at)"
            " VALUES (:name, :url, :audience, :algorithms, :keys, :created_by, :created_at) ON CONFLICT DO NOTHING",
            name=issuer.name,
            url=issuer.url,
            created_by=issuer.created_by,
            created_at=issuer.created_at,
            **_values(issuer),
        )
        return self.find(issuer.name) if made else None

    def update(self, issuer: Issuer) -> None:
        """What may change; whoever came by it before comes again."""
        self._session.run(f"{_NEW_EPOCH}issuer_id = :id)", id=issuer.id)
        self._session.run(
            "UPDATE issuers SET audience = :audience, algorithms = :algorithms, keys = :keys WHERE id = :id",
            id=issuer.id,
            **_values(issuer),
        )

    def delete(self, issuer_id: int) -> None:
        """Its trusts go with it."""
        self._session.run(f"{_NEW_EPOCH}issuer_id = :id)", id=issuer_id)
        self._session.run("DELETE FROM issuers WHERE id = :id", id=issuer_id)

    def page(self, listing: Listing) -> Sequence[Issuer]:
        """By the unique index on the name."""
        return [_issuer(row) for row in lists.page(self._session, _ALL, listing)]

    def count(self, listing: Listing, *, most: int) -> int:
        """The same."""
        return lists.count(self._session, _ALL, listing, most)


class SqlTrusts:
    """See `ports.trusts.Trusts`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_robot(self, robot_id: int) -> Sequence[Trust]:
        """By the index on the robot."""
        rows = self._session.all(f"{_TRUSTS} WHERE t.robot_id = :robot_id ORDER BY t.id", robot_id=robot_id)
        return [_trust(row) for row in rows]

    def get(self, trust_id: int) -> Trust | None:
        """By its id."""
        row = self._session.one(f"{_TRUSTS} WHERE t.id = :id", id=trust_id)
        return _trust(row) if row else None

    def create(self, trust: Trust) -> Trust:
        """Insert."""
        row = self._session.one(
            "INSERT INTO trusts (robot_id, issuer_id, claims, created_by, created_at)"
            " VALUES (:robot_id, :issuer_id, :claims, :created_by, :created_at) RETURNING id",
            robot_id=trust.robot_id,
            issuer_id=trust.issuer_id,
            claims=json.dumps({name: pattern.text for name, pattern in trust.claims.items()}),
            created_by=trust.created_by,
            created_at=trust.created_at,
        )
        made = self.get(row[0]) if row else None
        assert made is not None  # noqa: S101 - RETURNING gives a row or raises
        return made

    def delete(self, trust_id: int) -> None:
        """Whoever came by it before comes again."""
        self._session.run(f"{_NEW_EPOCH}id = :id)", id=trust_id)
        self._session.run("DELETE FROM trusts WHERE id = :id", id=trust_id)

    def show(self, fingerprint: str, robot_id: int, address: str, *, spend: bool, until: float) -> bool:
        """One statement, so that of two at once one is the first."""
        return bool(
            self._session.run(
                "INSERT INTO assertions (fingerprint, robot_id, address, spent, until)"
                " VALUES (:fingerprint, :robot_id, :address, :spend, :until) ON CONFLICT (fingerprint)"
                " DO UPDATE SET until = assertions.until"
                " WHERE assertions.robot_id = :robot_id AND assertions.address = :address"
                " AND assertions.spent = 0 AND :spend = 0",
                fingerprint=fingerprint,
                robot_id=robot_id,
                address=address,
                spend=int(spend),
                until=until,
            )
        )

    def forget_shown(self, *, before: float, limit: int) -> int:
        """By the index on the end."""
        return self._session.run(
            "DELETE FROM assertions WHERE fingerprint IN"
            " (SELECT fingerprint FROM assertions WHERE until < :before ORDER BY until LIMIT :limit)",
            before=before,
            limit=limit,
        )


def _values(issuer: Issuer) -> dict[str, object]:
    return {"audience": issuer.audience, "algorithms": json.dumps(issuer.algorithms), "keys": issuer.keys}


def _issuer(row: Row) -> Issuer:
    fields = list(row)
    fields[4] = tuple(json.loads(row[4]))
    return Issuer(*fields)


def _trust(row: Row) -> Trust:
    fields = list(row)
    fields[4] = MappingProxyType({name: Pattern(text) for name, text in json.loads(row[4]).items()})
    return Trust(*fields)
