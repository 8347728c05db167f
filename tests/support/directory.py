"""A real LDAP directory: Debian's slapd on a folder of its own, filled by its administrator."""

import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import ldap3
import pytest
from ldap3.core.exceptions import LDAPExceptionError
from ldap3.utils.dn import escape_rdn

from tests.support.server import free_port

BASE = "dc=example,dc=com"
PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
ROOT, SECRET = f"cn=root,{BASE}", "the root's own secret"
SEARCHER, SEARCHER_PASSWORD = f"cn=registry,ou=services,{BASE}", "the searcher's secret"
PASSWORD = "ada's own password"
_SLAPD = shutil.which("slapd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
_CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {folder}/pid
TLSCACertificateFile {certificate}
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
allow bind_anon_cred
database mdb
suffix "{base}"
rootdn "{root}"
rootpw "{secret}"
directory {folder}/data
index objectClass,uid,entryUUID,member eq
access to attrs=userPassword by anonymous auth by * none
access to * by dn.base="{searcher}" read by * none
overlay memberof
"""

needed = pytest.mark.skipif(_SLAPD is None, reason="slapd is not installed: .ci/install-clients does it")


def person(name: str) -> str:
    """The name of somebody's entry."""
    return f"uid={name},{PEOPLE}"


class Directory:
    """`plain` is its ldap:// address, `tls` its ldaps:// one. It takes an empty password for nobody's, as some do."""

    def __init__(self, folder: Path, certificate: tuple[Path, Path]) -> None:
        if _SLAPD is None:
            pytest.skip("slapd is not installed: .ci/install-clients does it")
        (folder / "data").mkdir(parents=True)
        self.certificate = certificate[0]
        self.plain, self.tls = (f"{scheme}://127.0.0.1:{free_port()}" for scheme in ("ldap", "ldaps"))
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "slapd.conf").write_text(
            _CONFIG.format(
                folder=folder,
                certificate=certificate[0],
                key=certificate[1],
                base=BASE,
                root=ROOT,
                secret=SECRET,
                searcher=SEARCHER,
            )
        )

    def settings(self, **more: str) -> dict[str, str]:
        """Variables of a registry that asks this directory, by StartTLS unless `url` says otherwise."""
        usual = {
            "url": self.plain,
            "ca_file": str(self.certificate),
            "bind_dn": SEARCHER,
            "bind_password": SEARCHER_PASSWORD,
            "user_base": PEOPLE,
            "group_base": GROUPS,
        }
        return {f"MOORAGE_LDAP_{name.upper()}": value for name, value in {**usual, **more}.items()}

    def start(self) -> Self:
        """Begin to serve what there is, and wait for it."""
        assert _SLAPD is not None
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_SLAPD, "-h", f"{self.plain} {self.tls}", "-f", self._folder / "slapd.conf", "-d", "0"],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 30
        while True:
            assert self._process.poll() is None, (self._folder / "log").read_text()
            with suppress(LDAPExceptionError), self._root():
                return self
            assert time.monotonic() < deadline, "slapd does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """From now on nobody answers."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def fill(self) -> Self:
        """Three folders and the account that searches."""
        self.add(BASE, ["dcObject", "organization"], {"dc": "example", "o": "example"})
        for ou in ("people", "groups", "services"):
            self.add(f"ou={ou},{BASE}", ["organizationalUnit"], {"ou": ou})
        kinds = ["organizationalRole", "simpleSecurityObject"]
        self.add(SEARCHER, kinds, {"cn": "registry", "userPassword": SEARCHER_PASSWORD})
        return self

    def hire(self, name: str, password: str = PASSWORD, **more: Any) -> None:  # noqa: ANN401 - values of attributes
        """Somebody new."""
        values = {"uid": name, "cn": name, "sn": name, "userPassword": password, **more}
        self.add(person(name), ["inetOrgPerson"], values)

    def group(self, name: str, *people: str) -> None:
        """A group of these people, and of nobody else; groups are never empty, so it is also of the root."""
        dn = f"cn={escape_rdn(name)},{GROUPS}"
        members = [ROOT, *(person(one) for one in people)]
        with self._root() as root:
            root.search(dn, "(objectClass=*)", ldap3.BASE)
            if root.response:
                self._done(root, root.modify(dn, {"member": [(ldap3.MODIFY_REPLACE, members)]}))
            else:
                self._done(root, root.add(dn, ["groupOfNames"], {"cn": name, "member": members}))

    def add(self, dn: str, kinds: list[str], values: Mapping[str, Any]) -> None:
        """An entry."""
        with self._root() as root:
            self._done(root, root.add(dn, kinds, dict(values)))

    def change(self, dn: str, **values: str) -> None:
        """Other values of an entry."""
        with self._root() as root:
            changes = {name: [(ldap3.MODIFY_REPLACE, [value])] for name, value in values.items()}
            self._done(root, root.modify(dn, changes))

    def rename(self, name: str, after: str) -> None:
        """Somebody is called otherwise from now on."""
        with self._root() as root:
            self._done(root, root.modify_dn(person(name), f"uid={after}"))

    def fire(self, name: str) -> None:
        """Somebody is gone."""
        with self._root() as root:
            self._done(root, root.delete(person(name)))

    @contextmanager
    def _root(self) -> Iterator[Any]:
        server = ldap3.Server(self.plain, get_info=ldap3.NONE, connect_timeout=5)
        root = ldap3.Connection(server, ROOT, SECRET, check_names=False)
        try:
            self._done(root, root.bind())
            yield root
        finally:
            root.unbind()
            if root.socket is not None:
                root.socket.close()

    @staticmethod
    def _done(root: Any, is_done: object) -> None:  # noqa: ANN401 - as ldap3 has no types for it
        assert is_done, root.result

    def __enter__(self) -> Self:
        return self.start().fill()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
