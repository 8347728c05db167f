"""Those who take the audit: rsyslog by UDP, TCP and TLS, and logrotate as the guide sets it up."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.support.tools import STABLE, need
from tests.support.certificate import make_certificate
from tests.support.server import Server, free_port
from tests.support.streaming import act, begin, lines, made, settings
from tests.support.waiting import until

_GUIDE = Path(__file__).parents[2] / "docs" / "audit.md"
_RULES = """
template(name="told" type="list") {
  property(name="syslogfacility-text") constant(value=" ") property(name="syslogseverity-text") constant(value=" ")
  property(name="app-name") constant(value=" ") property(name="msgid") constant(value=" ")
  property(name="msg") constant(value="\\n")
}
"""
_INPUTS = {
    "udp": 'module(load="imudp")\ninput(type="imudp" address="127.0.0.1" port="{port}" ruleset="told")',
    "tcp": 'module(load="imtcp")\ninput(type="imtcp" address="127.0.0.1" port="{port}" ruleset="told")',
    "tls": """global(DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="{cert}"
  DefaultNetstreamDriverCertFile="{cert}" DefaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="told")""",
}


class Rsyslog:
    """Debian's rsyslogd, which writes what it makes of each message to a file."""

    def __init__(self, folder: Path, way: str) -> None:
        (program,) = need("rsyslogd", STABLE)
        folder.mkdir()
        cert, key = make_certificate(folder)
        self.ca_file, self.file, port = cert, folder / "told", free_port()
        self.address = f"syslog+{way}://127.0.0.1:{port}"
        text = _INPUTS[way].format(port=port, cert=cert, key=key)
        action = f'action(type="omfile" file="{self.file}" template="told")'
        (folder / "conf").write_text(
            f'global(workDirectory="{folder}")\n{_RULES}\nruleset(name="told") {{ {action} }}\n{text}\n'
        )
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [program, "-n", "-f", str(folder / "conf"), "-i", str(folder / "pid")],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Facility, severity, application and message id; and the event."""
        if not self.file.exists():
            return []
        found = [line.partition(" {") for line in self.file.read_text().splitlines()]
        return [(head, json.loads("{" + event)) for head, _, event in found]

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


@pytest.fixture(params=_INPUTS)
def rsyslog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rsyslog]:
    """One that listens in each way."""
    running = Rsyslog(tmp_path / "rsyslog", request.param)
    yield running
    running.stop()


def test_rsyslog_understands(tmp_path: Path, rsyslog: Rsyslog) -> None:
    """It reads facility, severity, application and message id of each event, and the event whole and in order."""
    more = {"MOORAGE_EGRESS_CA_FILE": str(rsyslog.ca_file)}
    with Server(tmp_path / "data", settings={**settings(rsyslog.address), **more}) as server:
        begin(server, rsyslog.told)
        for number in range(3):  # in batches of their own
            act(server, f"p{number}")
            until(lambda: made([event for _, event in rsyslog.told()])[-1:] == [f"p{number}"], "it has come")  # noqa: B023
        server.call("GET", "/v2/", Authorization="Basic YWRtaW46d3Jvbmc=")
        until(lambda: rsyslog.told()[-1][1]["kind"] == "login.failed", "the refusal has come")
        assert "has to wait" not in server.output()
    heads = {str(event["kind"]): head for head, event in rsyslog.told()}
    assert heads["project.created"] == "audit notice moorage audit"
    assert heads["login.failed"] == "audit warning moorage audit"
    numbers = [event["id"] for _, event in rsyslog.told()]
    assert numbers == sorted(set(numbers))


def test_logrotate(tmp_path: Path) -> None:
    """Rotated again and again as the guide says, with compression, while things happen: each event stands once."""
    (program,) = need("logrotate", STABLE)
    folder = tmp_path / "log"
    folder.mkdir()
    file = folder / "audit.jsonl"
    (block,) = re.findall(r"```\n(/var/log.*?)```", _GUIDE.read_text(), re.DOTALL)
    conf = tmp_path / "logrotate.conf"
    conf.write_text(block.replace("/var/log/moorage/audit.jsonl", str(file)))
    conf.chmod(0o644)
    with Server(tmp_path / "data", settings=settings(f"file:{file}")) as server:
        begin(server, lambda: lines(file))
        names = [f"p{number}" for number in range(12)]
        for number, name in enumerate(names):
            act(server, name)
            if number % 4 == 2:
                until(lambda: made(lines(file))[-1:] == [name], "it stands there")  # noqa: B023
                subprocess.run([program, "-f", "-s", str(tmp_path / "state"), str(conf)], check=True)
        until(lambda: "p11" in made(_all(folder)), "all are there", 60)
        assert len(list(folder.iterdir())) >= 3
        assert [name for name in made(_all(folder)) if name in names] == names
        assert (folder / "audit.jsonl.1").stat().st_mode & 0o777 == 0o640


def _all(folder: Path) -> list[dict[str, Any]]:
    """The oldest first."""
    texts = []
    for number in range(9, 0, -1):
        for name in (f"audit.jsonl.{number}.gz", f"audit.jsonl.{number}"):
            if (folder / name).exists():
                shown = subprocess.run(["zcat", "-f", str(folder / name)], check=True, capture_output=True)
                texts.append(shown.stdout.decode())
    if (folder / "audit.jsonl").exists():
        texts.append((folder / "audit.jsonl").read_text())
    return [json.loads(line) for line in "".join(texts).splitlines()]
