"""docs/cli.md holds what it says: its examples are run from top to bottom."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from moorage.cli.commands import app
from moorage.cli.failing import Status
from tests.cli.support.person import Person
from tests.support.server import PASSWORD, Server

GUIDE = Path(__file__).parents[2] / "docs" / "cli.md"
TEXT = GUIDE.read_text()
EXAMPLES = "".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)).splitlines()


def test_the_examples_can_be_run_as_they_stand(server: Server, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line ends with status 0, after those above it; only a password that is asked for is piped in here."""
    assert len(EXAMPLES) > 25
    monkeypatch.chdir(person.home)
    for line in EXAMPLES:
        typed, piped, command = line.rpartition(" | ")
        assert not piped or typed == 'printf %s "$PASSWORD"'
        command, _, file = command.partition(" > ")
        words = shlex.split(command.replace("127.0.0.1:5000", server.address))
        assert words.pop(0) == "moorage"
        if words[0] == "login" and not piped:
            words.append("--password-stdin")
        outcome = person.call(*words, given=PASSWORD)
        assert outcome.status == 0, f"{line}: {outcome.err}"
        if file:
            Path(file).write_text(outcome.out)


@pytest.mark.parametrize("line", re.findall(r"`(moorage [^`\n]+)`", TEXT))
def test_commands_in_the_text_exist(line: str) -> None:
    """The command and its options are ones that the program knows."""
    command = get_command(app)
    words = shlex.split(line)[1:]
    while words and not words[0].startswith("-") and isinstance(command, typer.core.TyperGroup):
        name = words.pop(0)
        assert name in command.commands
        command = command.commands[name]
    known = {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_status_is_explained() -> None:
    """The table holds them all."""
    told = {int(status) for status in re.findall(r"^\| (\d) \|", TEXT, re.MULTILINE)}
    assert told == {0, *Status}
