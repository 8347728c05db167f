"""What people say of repositories and projects: labels and descriptions."""

import itertools

import pytest

from tests.support.wire import Wire, refusal

ROOT = "/api/v1/projects"
_numbers = itertools.count(1)


@pytest.fixture
def project(admin: Wire) -> str:
    """A project that no other test uses, with three repositories."""
    name = f"labels-{next(_numbers)}"
    for repository in ("a", "b", "c"):
        admin.push_image(f"{name}/{repository}", "latest")
    return name


def test_labelled(admin: Wire, project: str) -> None:
    """Labels are set all at once, shown in the repository and in lists, and told with before and after."""
    address = f"{ROOT}/{project}/repositories/a"
    assert admin.get(address).json()["labels"] == {}
    for labels in ({"env": "prod", "team/owner": "ann & bob"}, {"env": "test"}, {}):
        answer = admin.ask("PATCH", address, json={"labels": labels})
        assert (answer.status_code, answer.json()["labels"]) == (200, labels)
        assert admin.get(address).json()["labels"] == labels
        assert [one["labels"] for one in admin.get(f"{ROOT}/{project}/repositories").json()] == [labels, {}, {}]
    newest = admin.get(f"{ROOT}/{project}/audit?kind=repository.updated").json()[0]
    assert (newest["before"]["labels"], newest["after"]["labels"]) == ({"env": "test"}, {})


def test_a_change_of_something_else_keeps_them(admin: Wire, project: str) -> None:
    """What a change leaves out stays, also under another name."""
    address = f"{ROOT}/{project}/repositories/a"
    assert admin.ask("PATCH", address, json={"labels": {"env": "prod"}}).status_code == 200
    changed = admin.ask("PATCH", address, json={"description": "new", "name": "z"}).json()
    assert (changed["labels"], changed["description"], changed["name"]) == ({"env": "prod"}, "new", f"{project}/z")


@pytest.mark.parametrize(
    "labels",
    [
        {"": "x"},
        {"a b": "x"},
        {"a" * 64: "x"},
        {"a": "x" * 256},
        {"a": 1},
        {"a": None},
        {"a": "\n"},
        ["a"],
        "a=b",
        None,
        {f"a{number}": "" for number in range(51)},
    ],
)
def test_labels_that_cannot_be(admin: Wire, project: str, labels: object) -> None:
    """Names, values and their number are bounded; one that cannot be changes nothing."""
    address = f"{ROOT}/{project}/repositories/a"
    refusal(admin.ask("PATCH", address, json={"labels": labels, "description": "new"}), 400, "QUERY_INVALID")
    assert admin.get(address).json()["description"] == ""


def test_descriptions_as_html(admin: Wire, project: str) -> None:
    """What was written stays as it was; beside it stands what a page may show."""
    written = "**Ours** <script>alert(1)</script> [x](javascript:alert(1))"
    for address in (f"{ROOT}/{project}", f"{ROOT}/{project}/repositories/a"):
        assert admin.get(address).json()["description_html"] == ""
        assert admin.ask("PATCH", address, json={"description": written}).json()["description"] == written
        shown = admin.get(address).json()
        assert shown["description"] == written
        assert shown["description_html"].startswith("<p><strong>Ours</strong> &lt;script&gt;")
        assert "<script" not in shown["description_html"]
        assert "href" not in shown["description_html"]
        refusal(admin.ask("PATCH", address, json={"description_html": "<b>"}), 400)
