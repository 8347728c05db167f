"""Which labels a repository can have."""

import pytest

from moorage.oci.error import Code
from moorage.rules.labels import MOST, Label, require_labels
from tests.support.refused import refused


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [("env=prod", "env", "prod"), ("a=", "a", ""), ("a.b/c-d_e=x=y z", "a.b/c-d_e", "x=y z"), ("A=ä", "A", "ä")],
)
def test_labels(text: str, name: str, value: str) -> None:
    """A label is a name and, after the first =, a value."""
    assert Label.parse(text) == (name, value)
    assert require_labels({name: value}) == {name: value}


@pytest.mark.parametrize(
    "text",
    ["", "env", "=x", "-a=x", "a-=x", "ä=x", "a b=x", f"{'a' * 64}=x", f"a={'x' * 256}", "a=\n", "a=\u202e", "a=\x00"],
)
def test_no_labels(text: str) -> None:
    """Names are short and plain, values short and printable."""
    with refused(Code.QUERY_INVALID):
        Label.parse(text)


def test_so_many() -> None:
    """A repository has a bounded number of labels."""
    labels = {f"a{number}": "" for number in range(MOST)}
    assert require_labels(labels) == labels
    with refused(Code.QUERY_INVALID, "at most"):
        require_labels({**labels, "b": ""})
