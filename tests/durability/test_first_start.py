"""The first start makes folders, a key, a schema and an account: cut off anywhere, the next start finishes it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import PASSWORD, Server

ALL = 0
KILLS = int(os.environ.get("CRASH_ROUNDS", "6"))


def prepare(data: Path, number: int) -> subprocess.CompletedProcess[str]:
    """A first start that dies before its so-many-th write, or never if that is 0."""
    command = [sys.executable, "-m", "tests.durability.support.cut_off", str(data), str(number)]
    environment = {**os.environ, "MOORAGE_ADMIN_PASSWORD": PASSWORD}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.crash
@pytest.mark.timeout(60 + 5 * KILLS)
def test_cut_off(tmp_path: Path) -> None:
    """Whatever a first start was about to write when it was killed, the next one serves and takes the password."""
    whole = prepare(tmp_path / "whole", ALL)
    writes = int(whole.stdout)
    step = max(1, writes // KILLS)
    for number in range(1, writes + 1, step):
        data = tmp_path / str(number)
        assert prepare(data, number).returncode == -signal.SIGKILL
        server = Server(data, prepared=False)
        try:
            server.start()
            assert server.call("GET", "/v2/")[0] == 200, f"cut off before write {number} of {writes}"
        finally:
            server.kill()
