"""Settings: one frozen, typed tree from a TOML file, the environment and the command line, in rising order.

Every field is a key in the file (`[tls]` and `[log]` are tables there) and a variable `MOORAGE_…` with its path in
upper case, as in MOORAGE_TLS_CERT. A key that is not known is a fault, and all faults are told at once.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic.fields import FieldInfo

from moorage.api.origin import Network
from moorage.app.people_settings import Ldap, Oidc, faults_besides
from moorage.app.settings_tree import Tree, names
from moorage.oci.error import Refusal
from moorage.rules.quota import LARGEST

PREFIX = "MOORAGE_"
_OF_CLIENT = "MOORAGE_CLIENT_"
"""What the command line reads when it asks a registry; no settings of the server."""
_OF_KUBERNETES = re.compile(r"MOORAGE(_SERVICE_(HOST|PORT(_\w+)?)|_PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)")
"""What Kubernetes puts into every container beside a Service that is called `moorage`."""


class SettingsFault(Exception):  # noqa: N818 - names what was found
    """The settings cannot be used; `faults` holds a sentence for each reason."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _networks(value: object) -> object:
    """A list, or text with commas; an address alone is a network of one."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    return (
        tuple(ip_network(part) if isinstance(part, str) else part for part in value)
        if isinstance(value, (list, tuple))
        else value
    )


class Tls(Tree):
    """Our own TLS; without it put a proxy with TLS in front, or stay on loopback."""

    cert: Path | None = Field(default=None, description="PEM file with the certificate and its chain")
    key: Path | None = Field(default=None, description="PEM file with the private key")


class Log(Tree):
    """What is logged, and how."""

    format: Literal["auto", "human", "json"] = Field(
        default="auto", description="human lines on a terminal and JSON elsewhere, or one of the two always"
    )
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="the least that is logged")
    requests: Literal["all", "changes", "none"] = Field(
        default="changes",
        description="requests in the log: every one, those that change something, or none; faults always",
    )


class Audit(Tree):
    """What is remembered of who did what."""

    pulls: bool = Field(default=True, description="pulls too; changes, logins and refusals always are")
    keep_days: float | None = Field(default=365, gt=0, description="days for which it is kept; none: for ever")
    stream: str | None = Field(
        default=None,
        description="where every event goes as a line of JSON too: file:/PATH, syslog:/dev/log, "
        "syslog+udp://HOST:PORT, syslog+tcp://HOST:PORT or syslog+tls://HOST:PORT",
    )

    @field_validator("stream")
    @classmethod
    def _stream_is_one(cls, value: str | None) -> str | None:
        from moorage.adapters.sinks.address import sink_of  # noqa: PLC0415 - needed where there is one alone

        if value is not None:
            sink_of(value)
        return value


class Jobs(Tree):
    """What is done beside the requests."""

    inside: bool = Field(
        default=True, description="the processes that answer requests do jobs too; else `moorage worker` does them"
    )
    keep_days: float = Field(default=30, gt=0, description="days for which a job that ended is remembered")
    time_zone: str = Field(
        default="UTC", description="where schedules are read whose project names no time zone, as Europe/Berlin"
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_is_one(cls, value: str) -> str:
        from moorage.service.finding import require_zone  # noqa: PLC0415 - needed where there is one alone

        try:
            require_zone(value)
        except Refusal as refusal:
            raise ValueError(refusal.sentence) from None
        return value


class Quotas(Tree):
    """How much may be kept."""

    project_bytes: int | None = Field(
        default=None,
        ge=0,
        le=LARGEST,
        description="bytes that a project may keep that has no quota of its own; none: no limit",
    )
    total_bytes: int | None = Field(
        default=None, ge=0, le=LARGEST, description="bytes that all of it may take, each blob once; none: no limit"
    )
    warn_at: int = Field(default=80, ge=1, le=100, description="percent of a quota at which somebody is warned")


class Egress(Tree):
    """Where the registry itself may connect to, and whom it trusts there."""

    allow: Annotated[tuple[str, ...], BeforeValidator(names)] = Field(
        default=(),
        description="hosts and networks that may be asked though they are inside, as idp.corp or 10.1.0.0/16; "
        "also by plain http",
    )
    ca_file: Path | None = Field(default=None, description="PEM file with authorities that are trusted as well")


class SignIn(Tree):
    """People in a browser, and the second factor."""

    second_factor: Literal["off", "admins", "all"] = Field(
        default="off",
        description="who must have a second factor: nobody, administrators and auditors, or everybody with a password",
    )
    idle_hours: float = Field(default=12, gt=0, description="hours after which a session that nobody uses ends")
    session_days: float = Field(default=14, gt=0, description="days after which a session ends in any case")
    invitations: Literal["all", "admins", "off"] = Field(
        default="all",
        description="whose invitations let people in who have no account yet: those of administrators and of owners, "
        "of administrators alone; or there are no invitations at all",
    )


class Gc(Tree):
    """When what nobody needs any more goes."""

    grace_hours: float = Field(
        default=24,
        gt=0,
        description="hours for which layers that no image needs rest before they go; longer than the longest push",
    )
    minutes: float = Field(default=10, gt=0, description="minutes between two rounds of collecting garbage")


class Settings(Tree):
    """Everything that can be set, with its unit and default."""

    listen: str = Field(default="127.0.0.1:5000", description="HOST:PORT to listen on; [::]:5000 for IPv6")
    data: Path = Field(default=Path("moorage-data"), description="folder for everything that is kept")
    workers: int = Field(default=1, ge=1, le=64, description="processes that answer requests")
    public_url: str | None = Field(
        default=None,
        description="the address that clients use, as https://registry.example.com; else taken from the request",
    )
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(_networks)] = Field(
        default=(), description="networks whose X-Forwarded-* headers are believed, as 10.0.0.0/8"
    )
    admin_password: SecretStr | None = Field(
        default=None,
        description="password of `admin` at the first start; else drawn at random and shown once",
    )
    allow_sparse: bool = Field(
        default=False, description="take images whose config or layers are not in the repository"
    )
    largest_blob: int | None = Field(default=None, ge=1, description="bytes that one layer may have; none: no limit")
    cache_mb: int = Field(
        default=64, ge=0, description="megabytes that each worker may fill with what is pulled often; 0: none"
    )
    drain_seconds: int = Field(default=30, ge=1, description="seconds for requests in flight to finish at the end")
    idle_seconds: float = Field(default=60, ge=1, description="seconds without a byte after which a body is given up")
    slowest_rate: float = Field(
        default=1024, ge=0.001, description="bytes a second that a body has to reach on average"
    )
    upload_hours: float = Field(default=48, gt=0, description="hours for which an unfinished upload is kept")
    redirect_days: float = Field(
        default=30,
        ge=0,
        le=36_500,
        description="days for which the old name of what was renamed or moved still leads to it; 0: not at all",
    )
    sweep_minutes: float = Field(
        default=10, gt=0, description="minutes between two sweeps of leftovers, and of ended tags"
    )
    undelete_days: float = Field(
        default=14,
        ge=0,
        le=36_500,
        description="days for which deleted images and repositories can be restored; 0: they are gone at once",
    )
    statistics_days: float = Field(
        default=730, gt=0, description="days for which it is kept how much was pulled and pushed on each"
    )
    grace_minutes: float = Field(default=60, gt=0, description="minutes that a broken commit rests before it is swept")
    token_keys: SecretStr | None = Field(
        default=None,
        description="keys that sign logins, newest first, base64 of 32 bytes each, commas between; "
        "else they lie in `token.key` in the data folder",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="key that closes secrets in the database, base64 of 32 bytes; "
        "else it lies in `secret.key` in the data folder",
    )
    token_seconds: int = Field(default=1800, ge=60, le=86_400, description="seconds that a token holds")
    login_days: int = Field(default=90, ge=1, le=3650, description="days that a saved docker login holds")
    sign_in: SignIn = SignIn()
    oidc: Oidc = Oidc()
    ldap: Ldap = Ldap()
    tls: Tls = Tls()
    log: Log = Log()
    audit: Audit = Audit()
    jobs: Jobs = Jobs()
    gc: Gc = Gc()
    quota: Quotas = Quotas()
    egress: Egress = Egress()
    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("listen")
    @classmethod
    def _listen_is_an_address(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 65_536):  # noqa: PLR2004
            raise ValueError("is HOST:PORT, as 127.0.0.1:5000")
        return value

    @field_validator("admin_password")
    @classmethod
    def _password_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value():
            raise ValueError("is empty")
        return value

    @field_validator("secret_key")
    @classmethod
    def _key_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        from moorage.adapters.sealing import parse  # noqa: PLC0415 - needed where there is a key alone

        if value is not None:
            parse(value.get_secret_value())
        return value

    @field_validator("token_keys")
    @classmethod
    def _keys_are_some(cls, value: SecretStr | None) -> SecretStr | None:
        from moorage.adapters.keys import parse  # noqa: PLC0415 - needed where there are keys alone

        if value is not None:
            parse(value.get_secret_value())
        return value

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value.rstrip("/"))
        if (
            parts.scheme not in {"http", "https"}
            or not parts.netloc
            or parts.path
            or parts.query
            or parts.fragment
            or "@" in value
        ):
            raise ValueError("is https://HOST or https://HOST:PORT with no path: docker cannot use one")
        return value.rstrip("/")

    @property
    def origins(self) -> Mapping[str, str]:
        """From where each was set that was, by its full name: file, environment or option."""
        return self._origins

    def coming_from(self, origins: Mapping[str, str]) -> Self:
        """The same settings, which know from where they came."""
        self._origins = dict(origins)
        return self

    def revealed(self) -> str:
        """As JSON with every secret in the clear, from which they can be read again: for our own workers alone."""
        return json.dumps(self.model_dump(), default=_plain)

    @property
    def host(self) -> str:
        """The address to listen on, without brackets."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The TCP port to listen on."""
        return int(self.listen.rpartition(":")[2])

    @property
    def scheme(self) -> str:
        """What the program itself speaks."""
        return "https" if self.tls.cert else "http"

    @property
    def address(self) -> str:
        """How clients name this registry in image names."""
        if self.public_url:
            return urlsplit(self.public_url).netloc
        return self.listen.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")  # noqa: S104 - shown, not bound


def secret_variables() -> set[str]:
    """The variables that hold secrets."""
    return {PREFIX + "_".join(path).upper() for path, field in fields() if SecretStr in get_args(field.annotation)}


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def load(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Settings:
    """Read everything; raises SettingsFault with all that is wrong."""
    faults: list[str] = []
    environment = os.environ if environment is None else environment
    if file is None and (named := environment.get(f"{PREFIX}CONFIG")):
        file = Path(named)
    given = {
        "file": _from_file(file, faults) if file is not None else {},
        "environment": _from_environment(environment, faults),
        "option": {name: value for name, value in (options or {}).items() if value is not None},
    }
    tree: dict[str, Any] = {}
    for part in given.values():
        _merge(tree, part)
    settings = None
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as invalid:
        faults += [_sentence(error) for error in invalid.errors(include_input=False, include_url=False)]
        faulty = {str(error["loc"][1]) for error in invalid.errors() if error["loc"][0] == "ldap" and error["loc"][1:]}
        if faulty:
            faults += faults_besides(tree["ldap"], frozenset(faulty))
    faults += _certificate_faults(tree.get("tls"))
    if faults or settings is None:
        raise SettingsFault(faults)
    return settings.coming_from({name: origin for origin, part in given.items() for name, _ in flatten(part)})


def flatten(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its full name, as `tls.cert`."""
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{above}{name}.")
        else:
            yield above + name, value


def _from_file(file: Path, faults: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except OSError as error:
        faults.append(f"{file}: cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{file}: is not TOML: {error}")
    return {}


def _variables() -> dict[str, tuple[str, ...]]:
    """Every variable, and the path in the tree that it sets."""
    return {PREFIX + "_".join(path).upper(): path for path, _ in fields()}


def fields() -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every setting, by its path in the tree."""
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Tree):
            yield from (((name, inner), found) for inner, found in kind.model_fields.items())
        else:
            yield (name,), field


def _from_environment(environment: Mapping[str, str], faults: list[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    known = _variables()
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable == f"{PREFIX}CONFIG" or _OF_KUBERNETES.fullmatch(variable):
            continue
        if variable.startswith(_OF_CLIENT):
            continue
        path = known.get(variable)
        if path is None:
            faults.append(f"{variable}: there is no such setting")
            continue
        branch = tree
        for name in path[:-1]:
            branch = branch.setdefault(name, {})
        branch[path[-1]] = text
    return tree


def _merge(tree: dict[str, Any], other: Mapping[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, Mapping) and isinstance(tree.get(name), dict):
            _merge(tree[name], value)
        elif isinstance(value, Mapping):
            tree[name] = {}
            _merge(tree[name], value)
        else:
            tree[name] = value


def _sentence(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such setting"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _certificate_faults(tls: object) -> list[str]:
    """Looked for in what was given, so that a fault elsewhere does not hide these."""
    given = {name: file for name, file in tls.items() if file is not None} if isinstance(tls, Mapping) else {}
    files = {name: file for name in ("cert", "key") if isinstance(file := given.get(name), (str, Path))}
    faults = [f"tls.{name}: {file} cannot be read" for name, file in files.items() if not os.access(file, os.R_OK)]
    if ("cert" in given) != ("key" in given):
        faults.append("tls: cert and key go together: set both or neither")
    return faults
