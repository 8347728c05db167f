"""Steps for webhooks of projects. In a file a webhook goes by its address.

Of several with the same address the second is called ADDRESS#2 and so on, in the order in which they were made: no
address of a webhook has such an end itself.
"""

from collections.abc import Iterable, Iterator

from moorage.cli.asfile.comparing import bodies, differences, made
from moorage.cli.asfile.faults import Fault
from moorage.cli.asfile.states import Row, Rows, Section
from moorage.cli.asfile.step import Sources, Step, Verb
from moorage.cli.resource import path
from moorage.rules import webhooks

_SECRETS = ("secret_env", "secret_file")
_UNLESS_SAID = {"events": ["manifest.*", "tag.*"], "form": "cloudevents", "repositories": ["**"], "tags": ["**"]}
_MASKED = "/..."


def address_of(name: str) -> str:
    """Where the webhook of this name leads. Raises QUERY_INVALID."""
    address, _, number = name.partition("#")
    webhooks.require_url(address if number.isdecimal() else name)
    return address


def named(rows: Iterable[Row]) -> Rows:
    """Webhooks by their names in a file."""
    found: dict[str, Row] = {}
    for row in rows:
        name, number = row["url"], 1
        while name in found:
            number += 1
            name = f"{row['url']}#{number}"
        found[name] = row
    return found


def are_masked(rows: Iterable[Row]) -> bool:
    """Were they shown to somebody who may not know their addresses?"""
    return any(row["url"].endswith(_MASKED) for row in rows)


def steps(project: str, wanted: Section, found: Rows) -> Iterator[Step | Fault]:
    """What makes them so."""
    for name, entry in wanted.items():
        stated = {field: value for field, value in entry.fields.items() if field not in _SECRETS}
        what, row = called(project, name), found.get(name)
        if row is None:
            given = entry.fields.get("secret_env")
            sources = Sources(
                password_env=given,
                secret_file=entry.fields.get("secret_file"),
                draws_secret=given is None,
                sent_as="secret",
            )
            body = {"url": address_of(name), **_UNLESS_SAID, **stated}
            shown = made({field: value for field, value in body.items() if field != "url"})
            yield Step(Verb.MAKE, what, entry.place, "POST", target(project), body, shown, None, sources)
        elif changes := differences(stated, row):
            at = target(project, row)
            yield Step(Verb.CHANGE, what, entry.place, "PATCH", at, bodies(changes), changes, row)


def removal(project: str, name: str, row: Row) -> Step:
    """What takes it away."""
    return Step(Verb.REMOVE, called(project, name), None, "DELETE", target(project, row), None, (), row)


def said(rows: Rows) -> dict[str, Row]:
    """What a file says of them."""
    return {
        name: {
            "events": sorted(row["events"]),
            "form": row["form"],
            "repositories": sorted(row["repositories"]),
            "tags": sorted(row["tags"]),
            "description": row["description"],
            "disabled": row["disabled"],
        }
        for name, row in sorted(rows.items())
    }


def target(project: str, row: Row | None = None) -> str:
    """Where the API has a project's webhooks, or one of them."""
    whole = path("projects", project, "webhooks")
    return whole if row is None else f"{whole}/{row['id']}"


def called(project: str, name: str) -> str:
    """What a webhook is called in what we tell: what is secret in its address is not told."""
    number = name.partition("#")[2]
    return f"webhook {webhooks.masked(name)}{number and f' ({number})'} of project {project}"
