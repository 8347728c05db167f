"""The root of the command line, and what concerns the server: `serve`, `config check`, `tls self-signed`, `verify`, ...

`admin recover` and `version` are here as well; what asks a registry over its API has a module for each noun.
"""

import ipaddress
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from moorage import __version__
from moorage.app.obstacle import Obstacle
from moorage.cli import (
    audit,
    browser,
    configuration,
    garbage,
    history,
    invite,
    issuer,
    job,
    login,
    member,
    project,
    quota,
    repository,
    retention,
    robot,
    schedule,
    tag_rule,
    token,
    trash,
    user,
    webhook,
)
from moorage.oci.error import Refusal

if TYPE_CHECKING:
    from moorage.app.prepare import Prepared
    from moorage.app.settings import Settings

_ABOUT = """Moorage, a private container registry.

serve, worker, verify, config, tls and admin work on this machine; all else asks a registry that you logged in to.

\b
Exit status:
  0  done
  1  refused, or failed
  2  the command or the settings are not right
  3  not logged in, or with a wrong password
  4  there is no such thing, or you may not see it
  5  it conflicts with what there is
  6  'apply --dry-run' would change something
"""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=_ABOUT,
)
config = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Settings.")
tls = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Certificates.")
admin = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="For whoever holds the machine.")
app.add_typer(config, name="config")
app.add_typer(tls, name="tls")
app.add_typer(admin, name="admin")
app.add_typer(login.app)
for _name, _nouns in {
    "project": project.app,
    "repo": repository.app,
    "tag": history.app,
    "tag-rule": tag_rule.app,
    "trash": trash.app,
    "member": member.app,
    "role": member.roles,
    "user": user.app,
    "invite": invite.app,
    "session": browser.app,
    "group": user.groups,
    "robot": robot.app,
    "webhook": webhook.app,
    "issuer": issuer.app,
    "token": token.app,
    "job": job.app,
    "schedule": schedule.app,
    "gc": garbage.app,
    "quota": quota.app,
    "retention": retention.app,
}.items():
    app.add_typer(_nouns, name=_name)
app.add_typer(audit.app)
app.add_typer(quota.statistics)
app.add_typer(configuration.app)
robot.app.add_typer(issuer.trusts, name="trust")

ConfigOption = Annotated[Path | None, typer.Option("--config", help="A TOML file with settings.", metavar="FILE")]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Folder for everything that is kept [moorage-data].", metavar="DIR"),
]
Outcome = TypeVar("Outcome")
_FAULTY = 2
_FAILED = 1


def main() -> None:
    """Run the command line."""
    app(prog_name="moorage")


@app.command()
def serve(
    listen: Annotated[str | None, typer.Option(help="Where to listen [127.0.0.1:5000].", metavar="HOST:PORT")] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer requests [1].", metavar="N")] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="PEM file with the certificate and its chain.", metavar="FILE")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file with the private key.", metavar="FILE")] = None,
) -> None:
    """Start the registry."""
    options: dict[str, Any] = {"listen": listen, "data": data, "workers": workers}
    if tls_cert or tls_key:
        options["tls"] = {"cert": tls_cert, "key": tls_key}
    settings = _load(config, options)
    from moorage.app.serve import serve as run  # noqa: PLC0415 - other commands need no server

    try:
        run(settings, lambda prepared: _announce(settings, prepared))
    except Obstacle as obstacle:
        _fail(f"moorage: {obstacle}")


@app.command()
def worker(data: DataOption = None, config: ConfigOption = None) -> None:
    """Do jobs, and answer no request: beside a server on the same folder that runs with jobs.inside = false.

    Several may run. One that is killed loses nothing: the others go on with what it did.
    """
    settings = _existing(config, data)
    from moorage.app.labour import labour  # noqa: PLC0415 - other commands need no database

    _told(labour(settings))


@app.command()
def version() -> None:
    """Print the version."""
    print(f"moorage {__version__}")


@app.command()
def verify(data: DataOption = None, config: ConfigOption = None) -> None:
    """Read every blob through and compare it with its digest; damaged ones are served no more.

    May run beside a server on the same folder. Whoever pushes a damaged blob again mends it.
    """
    settings = _existing(config, data)
    from moorage.cli.checking import verify_all  # noqa: PLC0415 - other commands need no database

    damaged = _told(verify_all(settings))
    if damaged:
        raise typer.Exit(_FAILED)


@config.command("check")
def check(config: ConfigOption = None) -> None:
    """Read all settings and tell every fault at once."""
    settings = _load(config, {})
    from moorage.app.settings import flatten  # noqa: PLC0415 - whoever asks a registry needs no settings

    print("The settings are good:")
    for name, value in flatten(settings.model_dump(mode="json")):
        print(f"  {name} = {'(not set)' if value is None else json.dumps(value)}")


@tls.command("self-signed")
def self_signed(
    host: Annotated[str, typer.Argument(help="The name or address that clients use.")],
    out: Annotated[Path, typer.Option(help="Where to write the two files.", metavar="DIR")] = Path(),
    days: Annotated[int, typer.Option(help="Days until it expires.", min=1, max=3650)] = 365,
    port: Annotated[int, typer.Option(help="The port that clients use.")] = 5000,
) -> None:
    """Make a certificate for HOST that signs itself, and say where clients want it."""
    from moorage.app.certificate import write_self_signed  # noqa: PLC0415 - other commands need no cryptography

    try:
        cert, key = write_self_signed(host, out, days)
    except (OSError, ValueError) as fault:
        _fail(f"moorage: {fault}")
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    print(f"""Wrote {cert} and {key} (valid for {days} days). Serve with them:

  moorage serve --listen 0.0.0.0:{port} --tls-cert {cert} --tls-key {key}

Then give the certificate to the clients; on each machine that pushes or pulls:

  docker      mkdir -p /etc/docker/certs.d/{name} && cp {cert} /etc/docker/certs.d/{name}/ca.crt
  podman      mkdir -p /etc/containers/certs.d/{name} && cp {cert} /etc/containers/certs.d/{name}/ca.crt
              (the same folder serves buildah and skopeo)
  containerd  mkdir -p /etc/containerd/certs.d/{name} && cp {cert} /etc/containerd/certs.d/{name}/ca.crt
              and in /etc/containerd/certs.d/{name}/hosts.toml:
                server = "https://{name}"
                [host."https://{name}"]
                  ca = "/etc/containerd/certs.d/{name}/ca.crt"
              (with config_path = "/etc/containerd/certs.d" in containerd's own config.toml)""")


@admin.command("recover")
def recover(data: DataOption = None, config: ConfigOption = None) -> None:
    """Give `admin` a new random password; every login made before ends. The server may be running."""
    settings = _existing(config, data)
    from moorage.app.prepare import recover_administrator  # noqa: PLC0415 - other commands need no database

    password = _told(recover_administrator(settings))
    print(f"The password of admin is now: {password}")


@admin.command("recount")
def recount(data: DataOption = None, config: ConfigOption = None) -> None:
    """Count the bytes of every project anew and mend what was counted wrong. The server may be running.

    Status 1 says that something was wrong.
    """
    settings = _existing(config, data)
    from moorage.cli.checking import recount_all  # noqa: PLC0415 - other commands need no database

    if _told(recount_all(settings)):
        raise typer.Exit(_FAILED)


@admin.command("renew-key")
def renew_key(
    data: DataOption = None,
    config: ConfigOption = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Believe no login that an older key signed: everybody logs in again.")
    ] = False,
) -> None:
    """Sign logins with a new key from now on; those of before hold until they end. The server may be running."""
    settings = _existing(config, data)
    from moorage.app.prepare import renew_key as run  # noqa: PLC0415 - other commands need no database

    try:
        _told(run(settings, revoke=revoke))
    except Obstacle as obstacle:
        _fail(f"moorage: {obstacle}")
    print(
        "A new key signs logins; " + ("every login of before has ended." if revoke else "those of before still hold.")
    )


@admin.command("check-directory")
def check_directory(
    name: Annotated[str, typer.Argument(help="What somebody types to log in.")],
    data: DataOption = None,
    config: ConfigOption = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Try the password that comes on standard input as well.")
    ] = False,
) -> None:
    """Ask the LDAP directory about NAME and say every step: TLS, binding, the entry, groups, what they would be here.

    Nothing is changed, and no password is shown. Status 1 says that they could not come in.
    """
    settings = _existing(config, data)
    from moorage.app.directory import examine  # noqa: PLC0415 - other commands need no directory

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if not _told(examine(settings, name, password, print)):
        raise typer.Exit(_FAILED)


def _load(config: Path | None, options: dict[str, Any]) -> "Settings":
    from moorage.app.settings import SettingsFault, load  # noqa: PLC0415 - whoever asks a registry needs no settings

    try:
        return load(file=config, options=options)
    except SettingsFault as fault:
        print("moorage: the settings cannot be used:", file=sys.stderr)
        for sentence in fault.faults:
            print(f"  {sentence}", file=sys.stderr)
        raise typer.Exit(_FAULTY) from None


def _existing(config: Path | None, data: Path | None) -> "Settings":
    settings = _load(config, {"data": data})
    from moorage.app.prepare import need_registry  # noqa: PLC0415 - other commands need no database

    try:
        need_registry(settings)
    except Obstacle as obstacle:
        _fail(f"moorage: {obstacle}")
    return settings


def _told(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """What the work gives; a refusal is told as its sentence."""
    import asyncio  # noqa: PLC0415 - whoever asks a registry needs no loop

    try:
        return asyncio.run(work)
    except Refusal as refusal:
        _fail(f"moorage: {refusal.sentence}")


def _fail(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(_FAILED)


def _warn(settings: "Settings") -> None:
    try:
        loopback = ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        loopback = settings.host == "localhost"
    if loopback or settings.tls.cert or (settings.public_url or "").startswith("https://"):
        return
    print(
        f"moorage: warning: {settings.listen} is reachable from other machines without TLS. Passwords and images go\n"
        "  in the clear, and docker and podman refuse such a registry ('server gave HTTP response to HTTPS client')\n"
        "  unless it is listed in insecure-registries. Make a certificate with 'moorage tls self-signed HOST', or\n"
        "  end TLS in a proxy and set public_url.",
        file=sys.stderr,
    )


def _announce(settings: "Settings", prepared: "Prepared") -> None:
    _warn(settings)
    name = settings.address
    print(f"Moorage {__version__} serves {settings.scheme}://{settings.listen}", flush=True)
    print(f"  data folder: {settings.data.resolve()}", flush=True)
    if prepared.copy:
        print(f"  the database was upgraded; a copy from before: {prepared.copy}", flush=True)
    if prepared.password:
        print(
            f"""
  First start: an administrator was made. This password is shown only once:

    user      admin
    password  {prepared.password}

  Log in, tag, push:

    docker login {name} -u admin
    docker tag IMAGE {name}/team/IMAGE:1.0
    docker push {name}/team/IMAGE:1.0
""",
            flush=True,
        )
