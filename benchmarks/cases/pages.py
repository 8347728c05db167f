"""Pages for people at a registry of 10,000 repositories and 1,000,000 tags: how long they take, what they weigh."""

import gzip
import re
import time
from statistics import median
from urllib.parse import urlencode

from benchmarks import harbour
from benchmarks.figures import AtMost, Better, Measure, Outcome, Row
from benchmarks.ground import Ground
from benchmarks.servers import PASSWORD, Moorage, Server
from benchmarks.wire import Connection

TIMES = 21
PATIENCE = AtMost(50)
WEIGHT = AtMost(100)
_LOADED = re.compile(rb'(?:href|src)="(/static/[^"]+)"')
_LARGE, _ORDINARY = harbour.repository_of(0), harbour.repository_of(4_321)
PAGES = (
    "/",
    "/projects",
    "/projects?sort=-created_at",
    f"/projects/{harbour.project_of(0)}",
    f"/projects/{harbour.project_of(0)}?sort=-pushed_at",
    f"/projects/{_ORDINARY}",
    f"/projects/{_LARGE}",
    f"/projects/{_LARGE}?sort=-pushed_at",
    f"/projects/{_LARGE}?prefix=1.2",
    f"/projects/{_LARGE}/-/tags/{harbour.tag_of(777)}",
    f"/projects/{_LARGE}/-/images/{harbour.digest_of(harbour.image_of(0)[0])}",
    f"/projects/{harbour.project_of(0)}/-/members",
    f"/projects/{harbour.project_of(0)}/-/robots",
    f"/projects/{harbour.project_of(0)}/-/tag-rules",
    f"/projects/{harbour.project_of(0)}/-/retention",
    f"/projects/{harbour.project_of(0)}/-/webhooks",
    f"/projects/{harbour.project_of(0)}/-/jobs",
    "/jobs",
    f"/projects/{harbour.project_of(0)}/-/trash",
    f"/projects/{harbour.project_of(0)}/-/activity",
    f"/projects/{harbour.project_of(0)}/-/settings",
    "/search?q=service-04",
    "/search?q=1.2.3",
    f"/search?q={harbour.digest_of(harbour.image_of(0)[0])[:20]}",
    "/activity",
    "/audit",
    "/administration",
    "/administration/people",
    "/administration/storage",
    "/account",
)
"""What people open most; each by its address, as an administrator, who sees all there is."""


def run(ground: Ground) -> Outcome:
    """The median of some twenty answers for each page, and the heaviest first visit."""
    repositories, tags = ground.count(harbour.REPOSITORIES, 200), ground.count(harbour.TAGS, 20_000)
    server = Moorage(ground.folder / "pages")
    server.folder.mkdir()
    with server:
        server.stop()
        ground.say(f"pages: {repositories:,} repositories with {tags:,} tags")
        harbour.fill(server.data, repositories, tags, time.time())
        server.start()
        cookie = _signed_in(server)
        rows, heaviest = [], 0.0
        for path in PAGES:
            shown = re.sub(r"sha256:([0-9a-f]{6})[0-9a-f]+", r"sha256:\1…", path)
            ground.say(f"pages: {shown}")
            took, weight = _opened(server, path, cookie, ground.rounds)
            rows.append(Row(shown, "ms", Better.LOWER, took, goal=PATIENCE))
            heaviest = max(heaviest, weight)
    weighed = Row("the heaviest first visit", "kB", Better.LOWER, Measure((heaviest,)), goal=WEIGHT)
    return Outcome((*rows, weighed))


def _opened(server: Server, path: str, cookie: str, rounds: int) -> tuple[Measure, float]:
    """Milliseconds of an answer, the median of each round; kilobytes of a first visit with all that it loads."""
    medians = []
    with Connection(server.port) as connection:
        body = b""
        for _ in range(rounds):
            took = []
            for _ in range(TIMES):
                started = time.perf_counter()
                body = connection.ask("GET", path, Cookie=cookie).must_be(200).body
                took.append((time.perf_counter() - started) * 1000)
            medians.append(median(took))
        loaded = [connection.ask("GET", found.decode()).must_be(200).body for found in set(_LOADED.findall(body))]
    return Measure(tuple(medians)), (len(body) + sum(len(gzip.compress(asset)) for asset in loaded)) / 1000


def _signed_in(server: Server) -> str:
    fields = urlencode({"name": "admin", "password": PASSWORD}).encode()
    with Connection(server.port) as connection:
        answer = connection.ask(
            "POST",
            "/login",
            body=fields,
            Content_Type="application/x-www-form-urlencoded",
            Origin=f"http://127.0.0.1:{server.port}",
        ).must_be(303)
    return answer.headers["set-cookie"].partition(";")[0]
