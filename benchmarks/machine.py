"""What lies under the servers: the filesystem of a folder, and how much room it has."""

import shutil
from pathlib import Path


def filesystem(folder: Path) -> str:
    """The type of the filesystem that holds a folder ("ext4", "tmpfs", …), from /proc/mounts."""
    place = folder.resolve()
    best, kind = Path("/"), "?"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, what, *_ = line.split()
        mounted = Path(where.replace("\\040", " "))
        if place.is_relative_to(mounted) and len(mounted.parts) >= len(best.parts):
            best, kind = mounted, what
    return kind


def free_gigabytes(folder: Path) -> float:
    """Room left there, in units of 10⁹ bytes."""
    return shutil.disk_usage(folder).free / 1e9
