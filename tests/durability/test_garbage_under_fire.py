"""Days of pushing and deleting in seconds, with a busy collector and kills: nothing needed goes, all garbage goes.

CRASH_ROUNDS sets how many kills there are, CRASH_SEED another beginning of the seeds.
"""

import os
import random
from pathlib import Path

import pytest

from moorage.oci.digest import Digest
from tests.durability.support.folder import blob_files, leftovers, mislabelled, rows, wait_until
from tests.durability.support.journal import complaints
from tests.durability.support.wasters import Waster, check, waste
from tests.support.forgetful import FORGETFUL
from tests.support.pushing import make_project
from tests.support.server import Server

KILLS = min(5, max(2, int(os.environ.get("CRASH_ROUNDS", "6")) // 2))
FIRST_SEED = int(os.environ.get("CRASH_SEED", "1"))
CLIENTS = 4
GRACE = 2.0
BUSY = {
    **FORGETFUL,
    "MOORAGE_GC_GRACE_HOURS": str(GRACE / 3600),
    "MOORAGE_GC_MINUTES": "0.003",
    "MOORAGE_SWEEP_MINUTES": "0.01",
    "MOORAGE_GRACE_MINUTES": "0.1",
}
STRICT = {**BUSY, "MOORAGE_UPLOAD_HOURS": "0.0002", "MOORAGE_GRACE_MINUTES": "0.03"}
NAMED_AND_MISSING = (
    "SELECT n.digest FROM manifest_links n JOIN manifests m ON m.id = n.manifest_id WHERE n.role <> 'child'"
    " AND NOT EXISTS (SELECT 1 FROM blobs b JOIN blob_links l ON l.blob_id = b.id WHERE b.digest = n.digest"
    " AND l.repository_id = m.repository_id)"
)


def dangling(data: Path) -> list[str]:
    """Blobs that an image names and the repository has no link to, and rows whose file is not there as it should be."""
    files = blob_files(data)
    lost = [f"named {digest}" for (digest,) in rows(data, NAMED_AND_MISSING)]
    return lost + [
        f"row {digest}"
        for digest, size in rows(data, "SELECT digest, size FROM blobs WHERE damaged_at IS NULL")
        if digest not in files or files[digest].stat().st_size != size
    ]


def garbage(data: Path) -> list[str]:
    """What a round should have taken: doubts, and bytes that no image of any repository names."""
    doubts = rows(data, "SELECT repository_id, blob_id FROM doubtful_links UNION SELECT 0, blob_id FROM doubtful_blobs")
    needed = {digest for (digest,) in rows(data, "SELECT digest FROM manifest_links")}
    return [*(f"doubt {doubt}" for doubt in doubts), *(f"file {digest}" for digest in blob_files(data).keys() - needed)]


@pytest.mark.crash
def test_garbage_under_fire(tmp_path: Path) -> None:
    """Clients at two workers, and kills: no image ever loses a layer, and in the end just what is needed is there."""
    chance = random.Random(FIRST_SEED)
    wasters: list[Waster] = []
    wasters += [Waster(number, FIRST_SEED, GRACE, wasters) for number in range(CLIENTS)]
    server = Server(tmp_path, options=("--workers", "2"), settings=BUSY)
    try:
        server.start()
        make_project(server, "waste")
        for _ in range(KILLS):
            waste(server, wasters, chance.uniform(2.0, 5.0), killed=True)
            assert not mislabelled(tmp_path)
            server.start()
            check(server, wasters)
        waste(server, wasters, 2 * GRACE, killed=False)
        check(server, wasters)
        server.stop()
        server.settings = STRICT
        with server:
            wait_until(lambda: not leftovers(tmp_path), lambda: leftovers(tmp_path))
            wait_until(lambda: not garbage(tmp_path), lambda: garbage(tmp_path))
            check(server, wasters)
            # who sends a blob while it is being removed may be told to come again
            assert not [line for line in complaints(server) if "being swept" not in line]
        assert not dangling(tmp_path)
        assert not mislabelled(tmp_path)
        [(rounds, removed)] = rows(tmp_path, "SELECT rounds, total_blobs FROM collections")
        assert rounds > KILLS
        assert removed > 10 * KILLS
        assert sum(waster.again for waster in wasters) > CLIENTS  # what had gone came again
        assert all(Digest.parse(digest) for digest in blob_files(tmp_path))
    finally:
        server.kill()
