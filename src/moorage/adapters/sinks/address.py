"""The sink that an address in the settings means."""

from pathlib import Path
from urllib.parse import urlsplit

from moorage.adapters.sinks.collectors import Collector, Local, Tcp, Tls, Udp
from moorage.adapters.sinks.file import FileSink
from moorage.adapters.sinks.syslog import SyslogSink
from moorage.ports.sink import Sink

_FORMS = "is file:/PATH, syslog:/dev/log, syslog+udp://HOST:PORT, syslog+tcp://HOST:PORT or syslog+tls://HOST:PORT"
_PORTS = {"syslog+udp": 514, "syslog+tcp": 514, "syslog+tls": 6514}


def sink_of(address: str, ca_file: Path | None = None) -> Sink:
    """The sink that the address means; nothing is opened yet. Raises ValueError.

    `ca_file` holds authorities that may vouch for a collector reached by TLS, beside those that the system trusts.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as fault:
        raise ValueError(_FORMS) from fault
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(_FORMS)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        return FileSink(Path(parts.path))
    if parts.scheme == "syslog" and parts.path.startswith("/") and not parts.netloc:
        return SyslogSink(Local(parts.path))
    if parts.scheme not in _PORTS or not host or parts.path not in {"", "/"}:
        raise ValueError(_FORMS)
    return SyslogSink(_collector(parts.scheme, host, port or _PORTS[parts.scheme], ca_file))


def _collector(scheme: str, host: str, port: int, ca_file: Path | None) -> Collector:
    match scheme:
        case "syslog+udp":
            return Udp(host, port)
        case "syslog+tcp":
            return Tcp(host, port)
        case _:
            return Tls(host, port, ca_file)
