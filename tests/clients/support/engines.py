"""Container engines that the suite starts for itself: Docker's, and containerd with its CRI plugin."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.clients.support.daemon import Daemon
from tests.clients.support.tools import CURRENT, STABLE, Client, need, need_python

_GRAPH = ("--storage-driver", "overlay2")
_IMAGE_STORE = ("--feature", "containerd-snapshotter=true", "--storage-driver", "overlayfs")

KINDS = {STABLE: (STABLE, _GRAPH), CURRENT: (CURRENT, _GRAPH), "image-store": (CURRENT, _IMAGE_STORE)}
"""The engines that are tested: the last keeps images as containerd does, which is another client altogether."""


@dataclass(frozen=True)
class Docker:
    """A Docker Engine of one generation, with data, socket and containerd of its own."""

    generation: str
    daemon: Daemon

    @classmethod
    def start(cls, kind: str) -> Self:
        """Start one without bridge or firewall rules: its containers need no network."""
        generation, store = KINDS[kind]
        program = need("dockerd", generation)
        need("docker", generation)
        daemon = Daemon("dockerd")
        folder = daemon.folder
        daemon.start(
            Client("dockerd", generation, program, folder),
            [
                "--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid",
                "--host", f"unix://{daemon.socket}", *store,
                "--bridge", "none", "--iptables=false", "--ip6tables=false", "--log-level", "warn",
            ],
        )  # fmt: skip
        return cls(generation, daemon)

    def client(self, home: Path) -> Client:
        """Docker's command line with a configuration folder of its own."""
        return Client(
            "docker",
            self.generation,
            need("docker", self.generation),
            home,
            options=("--config", f"{home}/.docker", "--host", f"unix://{self.daemon.socket}"),
        )

    def stop(self) -> None:
        """End it."""
        self.daemon.stop()


_PARALLEL = """
[plugins."io.containerd.transfer.v1.local"]
max_concurrent_downloads = 4
concurrent_layer_fetch_buffer = 65536
config_path = "{certs}"
"""

NODES = {STABLE: (STABLE, ""), CURRENT: (CURRENT, ""), "parallel": (CURRENT, _PARALLEL)}
"""The containerds that are tested: the last fetches each layer by several requests at once and hangs up on them."""


@dataclass(frozen=True)
class Containerd:
    """A containerd of one generation, with folders and socket of its own."""

    generation: str
    daemon: Daemon

    @classmethod
    def start(cls, kind: str) -> Self:
        """Start one with the CRI plugin, set up to run with no network and no more rights than it has."""
        generation, more = NODES[kind]
        program = need("containerd", generation)
        need("ctr", generation)
        daemon = Daemon("containerd")
        folder = daemon.folder
        settings = folder / "config.toml"
        settings.write_text(_settings(folder, daemon.socket, generation) + more.format(certs=folder / "certs.d"))
        daemon.start(Client("containerd", generation, program, folder), ["--config", settings])
        return cls(generation, daemon)

    def mirror(self, host: str, url: str) -> None:
        """Send pulls of that host's images to a mirror; containerd reads this anew at each pull."""
        self._write_hosts(host, f'[host."{url}"]\ncapabilities = ["pull", "resolve"]\n')

    def trust(self, host: str, certificate: Path) -> None:
        """Take that certificate for the host's own."""
        self._write_hosts(host, f'server = "https://{host}"\n[host."https://{host}"]\nca = "{certificate}"\n')

    def _write_hosts(self, host: str, text: str) -> None:
        folder = self.daemon.folder / "certs.d" / host
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts.toml").write_text(text)

    def client(self, home: Path) -> Client:
        """The command line, in the namespace that Kubernetes uses."""
        return Client(
            "ctr",
            self.generation,
            need("ctr", self.generation),
            home,
            options=("--address", str(self.daemon.socket), "--namespace", "k8s.io"),
        )

    def kubelet(self, home: Path) -> Client:
        """What asks its CRI plugin for images, as a kubelet does."""
        program = (str(need_python()), str(Path(__file__).with_name("cri.py")))
        return Client("kubelet", self.generation, program, home, options=(str(self.daemon.socket),))

    def stop(self) -> None:
        """End it."""
        self.daemon.stop()


def _settings(folder: Path, socket: Path, generation: str) -> str:
    """The file of settings; the plugin was taken apart with containerd 2, and the file's version went up."""
    old = generation == STABLE
    runtime = "io.containerd.grpc.v1.cri" if old else "io.containerd.cri.v1.runtime"
    images = "io.containerd.grpc.v1.cri" if old else "io.containerd.cri.v1.images"
    return (
        f'version = {2 if old else 3}\nroot = "{folder}/root"\nstate = "{folder}/state"\n'
        f'[grpc]\naddress = "{socket}"\n'
        f'[plugins."io.containerd.internal.v1.opt"]\npath = "{folder}/opt"\n'
        f'[plugins."{runtime}"]\nrestrict_oom_score_adj = true\n'
        f'[plugins."{images}".registry]\nconfig_path = "{folder}/certs.d"\n'
    )
