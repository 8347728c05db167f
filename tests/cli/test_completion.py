"""Real shells complete `moorage` as docs/cli.md says that they do."""

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support.person import Person, read_until
from tests.clients.support.tools import STABLE, need

GUIDE = Path(__file__).parents[2] / "docs" / "cli.md"
STARTS = {"bash": ("--norc", "--noprofile", "-i"), "zsh": ("-f", "-i")}
READY = "READY> "


def program(shell: str) -> str:
    """Where the shell is. Bash is on every machine; zsh comes with the real clients."""
    if shell == "bash":
        found = shutil.which("bash")
        assert found is not None
        return found
    return need(shell, STABLE)[0]


@pytest.mark.parametrize("shell", ["bash", pytest.param("zsh", marks=pytest.mark.client)])
def test_a_tab_completes_commands_and_options(person: Person, shell: str) -> None:
    """By the guide's own line, at a terminal: a command, one within it, and an option; and it can be installed."""
    (line,) = re.findall(rf"`([^`]*source_{shell} [^`]*)`", GUIDE.read_text())
    ours, theirs = pty.openpty()
    environment = person.variables({
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PS1": READY,
        "TERM": "dumb",
        "HISTFILE": "",
    })  # fmt: skip
    process = subprocess.Popen(
        [program(shell), *STARTS[shell]],
        env=environment, cwd=person.home, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        setup = ["autoload -U compinit && compinit -u"] if shell == "zsh" else []
        for command in (f"PS1='{READY}'", "moorage --install-completion", *setup, line):
            os.write(ours, f"{command}; echo do''ne\n".encode())
            read_until(ours, "done\r\n")
        os.write(ours, b"moorage pro\t")
        read_until(ours, "moorage project ")
        os.write(ours, b"ren\t")
        read_until(ours, "rename ")
        os.write(ours, b"one two --ins\t")
        read_until(ours, "--insecure")
    finally:
        os.close(ours)
        process.kill()
        process.wait()
    installed = {"bash": ".bash_completions/moorage.sh", "zsh": ".zfunc/_moorage"}[shell]
    assert "complete" in (person.home / installed).read_text()
    assert (person.home / f".{shell}rc").exists()
