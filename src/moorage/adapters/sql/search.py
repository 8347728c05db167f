"""Searches in SQL: by the beginning of what an index holds; only names of repositories are read through.

Who sees everything, or very much, is led by the index of what is searched for. Who sees a part is led through that part
to its tags and images, as what they search for may be in many repositories that they do not see.
"""

from collections.abc import Sequence
from typing import NamedTuple

from moorage.adapters.sql.members import held_by, projects_of
from moorage.adapters.sql.session import Row, Session
from moorage.oci.reference import RepositoryName
from moorage.ports.search import Fits, Hit
from moorage.rules import access
from moorage.rules.access import HeldRole, Identity, Place

LOOK = 2000
"""Things that are compared at the most where an index leads to them."""
_MOST_NAMES = 50_000
"""Repositories' names that are read through."""
_FEW_PROJECTS, _FEW_REPOSITORIES = 200, 1000
"""Who reaches no more than these is led through them."""
_LAST, _LAST_DIGIT = "\U0010ffff", "g"
_INDEXED = 12
"""Digits of a digest that its index has."""
_PLACE = "r.name, p.id, coalesce(r.public, p.public), r.id, p.epoch"
_WIDTH = 5
_ALGORITHMS = ("sha256:", "sha512:")
_ROLES = ("image", "config", "layer")


class _Seen(NamedTuple):
    """Which repositories might be open to somebody, as a condition that is empty where all are.

    `few`: the repositories of these projects are not many, so that each of them may be looked at.
    """

    text: str
    values: dict[str, object]
    few: str = ""


class SqlSearch:
    """See `ports.search.Search`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def repositories(self, who: Identity, text: str, *, limit: int) -> Sequence[Hit]:
        """By the index on the name, then by reading names through."""
        seen = self._seen(who)
        begin = self._session.all(
            f"SELECT {_PLACE} FROM repositories r JOIN projects p ON p.id = r.project_id"
            f" WHERE r.name >= :text AND r.name < :last{seen.text} ORDER BY r.name LIMIT :limit",
            text=text,
            last=text + _LAST,
            limit=limit,
            **seen.values,
        )
        names = f"SELECT name FROM repositories WHERE {seen.few or '1 = 1'} LIMIT :names"
        hold = self._session.all(
            f"SELECT {_PLACE} FROM ({names}) AS named CROSS JOIN repositories r ON r.name = named.name"
            f" CROSS JOIN projects p ON p.id = r.project_id WHERE instr(named.name, :text) > 0{seen.text} LIMIT :look",
            names=_MOST_NAMES,
            text=text,
            look=LOOK // 4,
            **seen.values,
        )
        rows = sorted({row[0]: row for row in (*begin, *hold)}.values(), key=lambda row: (_rank(row[0], text), row[0]))
        return [Hit(place, _fits(place.name, text)) for place in self._places(rows[:limit], who)]

    def tags(self, who: Identity, text: str, *, limit: int) -> Sequence[Hit]:
        """By the index on the name, or in each repository of theirs."""
        seen = self._seen(who)
        rows = self._tags(seen, "t.name = :text", {"text": text})
        rows.sort(key=lambda row: -row[_WIDTH + 1])
        if len(rows) < limit:
            more = self._tags(seen, "t.name > :text AND t.name < :last", {"text": text, "last": text + _LAST})
            rows += sorted(more, key=lambda row: (row[_WIDTH], row[0]))
        rows = rows[:limit]
        hits = []
        for place, row in zip(self._places(rows, who), rows, strict=True):
            tag, at, manifest_id = row[_WIDTH:]
            digest = self._session.one("SELECT digest FROM manifests WHERE id = :id", id=manifest_id)
            fits = Fits.EXACTLY if tag == text else Fits.BEGINS
            hits.append(Hit(place, fits, tag=tag, digest=digest[0] if digest else "", at=at))
        return hits

    def _tags(self, seen: _Seen, fits: str, values: dict[str, object]) -> list[Row]:
        """Each row a place, a tag, when it moved, its manifest."""
        found = (
            f"(SELECT id FROM repositories WHERE {seen.few}) AS r0"
            f" CROSS JOIN tags t ON t.repository_id = r0.id AND {fits}"
            if seen.few
            else f"(SELECT t.name, t.repository_id FROM tags t WHERE {fits} ORDER BY t.name LIMIT :look) AS named"
            " CROSS JOIN tags t ON t.repository_id = named.repository_id AND t.name = named.name"
        )
        return self._session.all(
            f"SELECT {_PLACE}, t.name, t.moved_at, t.manifest_id FROM {found} CROSS JOIN repositories r"
            " ON r.id = t.repository_id CROSS JOIN projects p ON p.id = r.project_id"
            f" WHERE 1 = 1{seen.text} LIMIT :limit",
            look=LOOK,
            limit=LOOK // 4,
            **values,
            **seen.values,
        )

    def digests(self, who: Identity, digits: str, *, limit: int) -> Sequence[Hit]:
        """By the index on the first digits or in each repository of theirs, then by the index on what is linked."""
        seen = self._seen(who)
        rows = self._images(seen, digits) + self._holders(seen, digits)
        rows.sort(key=lambda row: (_ROLES.index(row[-1]), -row[_WIDTH + 1]))
        rows = rows[:limit]
        hits = []
        for place, row in zip(self._places(rows, who), rows, strict=True):
            digest, at, role = row[_WIDTH:]
            is_it = role == "image" and digest.endswith(f":{digits}")
            hits.append(Hit(place, Fits.EXACTLY if is_it else Fits.BEGINS, digest=digest, at=at, role=role))
        return hits

    def _images(self, seen: _Seen, digits: str) -> list[Row]:
        """Each row a place, a digest, when it was pushed, and that it is an image."""
        short = digits[:_INDEXED]
        bounds = [(f"{algorithm}{digits}", f"{algorithm}{digits}{_LAST_DIGIT}") for algorithm in _ALGORITHMS]
        values: dict[str, object] = {"first": short, "last": short + _LAST_DIGIT}
        values |= {f"from{number}": bound[0] for number, bound in enumerate(bounds)}
        values |= {f"to{number}": bound[1] for number, bound in enumerate(bounds)}
        whole = " OR ".join(f"(m.digest >= :from{number} AND m.digest < :to{number})" for number in range(len(bounds)))
        found = (
            f"(SELECT id FROM repositories WHERE {seen.few}) AS r0 CROSS JOIN manifests m"
            f" ON m.repository_id = r0.id AND ({whole})"
            if seen.few
            else "(SELECT id FROM manifests m WHERE substr(m.digest, 8, 12) >= :first"
            f" AND substr(m.digest, 8, 12) < :last AND ({whole}) LIMIT :look) AS found"
            " CROSS JOIN manifests m ON m.id = found.id"
        )
        return self._session.all(
            f"SELECT {_PLACE}, m.digest, m.pushed_at, 'image' FROM {found} CROSS JOIN repositories r"
            " ON r.id = m.repository_id CROSS JOIN projects p ON p.id = r.project_id"
            f" WHERE 1 = 1{seen.text} LIMIT :limit",
            look=LOOK,
            limit=LOOK // 4,
            **values,
            **seen.values,
        )

    def _holders(self, seen: _Seen, digits: str) -> list[Row]:
        """The same of images with such a part, and what it is to them."""
        rows = []
        for algorithm in _ALGORITHMS:
            rows += self._session.all(
                f"SELECT {_PLACE}, m.digest, m.pushed_at, l.role FROM (SELECT manifest_id, role FROM manifest_links"
                " WHERE digest >= :first AND digest < :last LIMIT :look) AS l CROSS JOIN manifests m"
                " ON m.id = l.manifest_id CROSS JOIN repositories r ON r.id = m.repository_id CROSS JOIN projects p"
                f" ON p.id = r.project_id WHERE l.role IN ('config', 'layer'){seen.text} LIMIT :limit",
                first=algorithm + digits,
                last=algorithm + digits + _LAST_DIGIT,
                look=LOOK,
                limit=LOOK // 4,
                **seen.values,
            )
        return rows

    def labels(self, who: Identity, name: str, value: str | None, *, limit: int) -> Sequence[Hit]:
        """By the index on name and value."""
        seen = self._seen(who)
        narrowed = "" if value is None else " AND l.value >= :value AND l.value < :last"
        rows = self._session.all(
            f"SELECT {_PLACE}, l.value FROM repository_labels l CROSS JOIN repositories r ON r.id = l.repository_id"
            f" CROSS JOIN projects p ON p.id = r.project_id WHERE l.name = :name{narrowed}{seen.text}"
            " ORDER BY l.value, l.repository_id LIMIT :limit",
            name=name,
            value=value,
            last=f"{value}{_LAST}",
            limit=limit,
            **seen.values,
        )
        return [
            Hit(place, Fits.EXACTLY if value in {None, row[_WIDTH]} else Fits.BEGINS, label=f"{name}={row[_WIDTH]}")
            for place, row in zip(self._places(rows, who), rows, strict=True)
        ]

    def _seen(self, who: Identity) -> _Seen:
        if access.sees_all(who):
            return _Seen("", {})
        theirs = f" AND (coalesce(r.public, p.public) = 1 OR p.id IN ({projects_of(who)}))"
        values: dict[str, object] = {"account_id": who.user_id}
        reached = self._session.all(
            f"SELECT id FROM projects WHERE public = 1 OR id IN ({projects_of(who)})"
            " OR id IN (SELECT project_id FROM repositories WHERE public = 1) LIMIT :most",
            most=_FEW_PROJECTS + 1,
            **values,
        )
        among = f"project_id IN ({', '.join(str(int(row[0])) for row in reached)})"
        many = self._session.one(f"SELECT 1 FROM repositories WHERE {among} LIMIT 1 OFFSET :few", few=_FEW_REPOSITORIES)
        if len(reached) > _FEW_PROJECTS or many is not None:
            return _Seen(theirs, values)
        return _Seen(f" AND r.{among}{theirs}", values, among)

    def _places(self, rows: Sequence[Row], who: Identity) -> list[Place]:
        """Roles are looked up once for each project."""
        held: dict[int, tuple[HeldRole, ...]] = {}
        places = []
        for row in rows:
            name, project_id, public, repository_id, epoch = row[:_WIDTH]
            if project_id not in held:
                held[project_id] = held_by(self._session, who, project_id)
            project = RepositoryName(name).project
            places.append(Place(name, project, project_id, bool(public), repository_id, epoch, held[project_id]))
        return places


def _rank(name: str, text: str) -> int:
    """The whole of it, what it is called in its project, a beginning of these, of a part, anything else."""
    inner = RepositoryName(name).inner
    forms = (name == text, inner == text, name.startswith(text), inner.startswith(text), f"/{text}" in name)
    return next((number for number, holds in enumerate(forms) if holds), len(forms))


def _fits(name: str, text: str) -> Fits:
    rank = _rank(name, text)
    return Fits.EXACTLY if rank <= 1 else Fits.BEGINS if rank <= 3 else Fits.HOLDS  # noqa: PLR2004 - see _rank
