import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.clients.support.registry import ADMIN, complaints, make_project
from tests.clients.support.tools import need_tool
from tests.support.server import PASSWORD, Server

ROWS = (
    "API_PING", "API_PULL", "API_PUSH", "API_REFERRER",
    "API_BLOBS_ATOMIC", "API_BLOBS_DELETE", "API_BLOBS_DIGEST_HEADER", "API_BLOBS_MOUNT_ANONYMOUS",
    "API_BLOBS_UPLOAD_CANCEL",
    "API_MANIFESTS_ATOMIC", "API_MANIFESTS_DELETE", "API_MANIFESTS_DIGEST_HEADER", "API_MANIFESTS_TAG_PARAM",
    "API_TAGS_ATOMIC", "API_TAGS_DELETE", "API_TAGS_LIST",
    "DATA_IMAGE", "DATA_INDEX", "DATA_INDEX_LIST", "DATA_SPARSE", "DATA_ARTIFACT", "DATA_SUBJECT",
    "DATA_SUBJECT_MISSING", "DATA_ARTIFACT_LIST", "DATA_SUBJECT_LIST", "DATA_DATA_FIELD",
    "DATA_NONDISTRIBUTABLE", "DATA_CUSTOM_FIELDS", "DATA_NO_LAYERS", "DATA_EMPTY_BLOB", "DATA_SHA512",
)  # fmt: skip
"""Every switch that the suite has, and all are on: nothing of the specification is left out."""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Server]:
    """A server that takes sparse images, with a project that everybody may read, as anonymous mounts need."""
    server = Server(tmp_path / "data", settings={"MOORAGE_ALLOW_SPARSE": "true"}).start()
    try:
        make_project(server, "conformance", public=True)
        yield server
        server.stop()
        assert not complaints(server.output())
    finally:
        server.kill()
        server.log.unlink(missing_ok=True)


def run_suite(program: Path, registry: Server, results: Path) -> str:
    """Run the official suite; what it printed. Its results are files in `results`."""
    settings = {
        "OCI_REGISTRY": registry.address,
        "OCI_TLS": "disabled",
        "OCI_REPO1": "conformance/first",
        "OCI_REPO2": "conformance/second/deeper",
        "OCI_USERNAME": ADMIN,
        "OCI_PASSWORD": PASSWORD,
        "OCI_VERSION": "dev",
        "OCI_RESULTS_DIR": str(results),
        **{f"OCI_{row}": "true" for row in ROWS},
    }
    ended = subprocess.run(
        [program],
        env={"PATH": os.environ["PATH"], **settings},
        cwd=results.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return ended.stdout + ended.stderr


@pytest.mark.timeout(360)
def test_official_suite(registry: Server, tmp_path: Path) -> None:
    """The official conformance suite for the newest specification finds no fault and skips nothing."""
    results = tmp_path / "results"
    printed = run_suite(need_tool("conformance"), registry, results)
    cases = list(ET.parse(results / "junit.xml").getroot().iter("testcase"))
    totals = Counter(case.get("status", "") for case in cases)
    verdicts = Counter(re.findall(r"\.: +(Pass|FAIL|Skip|Disabled|Error|Unknown)$", printed, re.MULTILINE))
    faults = [
        f"{case.get('name')}: {(case.findtext('system-out') or '').strip()[:300]}"
        for case in cases
        if case.get("status") != "passed"
    ]
    told = f"{len(cases)} tests: {dict(totals)}; rows: {dict(verdicts)}\n" + "\n".join(faults)
    assert totals == {"passed": len(cases)}, told
    assert len(cases) > 500, told
    assert set(verdicts) <= {"Pass"}, told
