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


@dataclass(frozen=True)
class Containerd:
    """A containerd of one generation, with folders and socket of its own."""

    generation: str
    daemon: Daemon

    @classmethod
    def start(cls, generation: str) -> Self:
        """Start one with the CRI plugin, set up to run with no network and no more rights than it has."""
        program = need("containerd", generation)
        need("ctr", generation)
        daemon = Daemon("containerd")
        folder = daemon.folder
        # The plugin's name changed with containerd 2, and with it the version of the file.
        version, plugin = (
            (2, "io.containerd.grpc.v1.cri") if generation == STABLE else (3, "io.containerd.cri.v1.runtime")
        )
        settings = folder / "config.toml"
        settings.write_text(
            f'version = {version}\nroot = "{folder}/root"\nstate = "{folder}/state"\n'
            f'[grpc]\naddress = "{daemon.socket}"\n'
            f'[plugins."io.containerd.internal.v1.opt"]\npath = "{folder}/opt"\n'
            f'[plugins."{plugin}"]\nrestrict_oom_score_adj = true\n'
        )
        daemon.start(Client("containerd", generation, program, folder), ["--config", settings])
        return cls(generation, daemon)

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
