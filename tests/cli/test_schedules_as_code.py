"""What comes by itself, as files say it."""

from pathlib import Path

from tests.cli.support.person import Person

FILE = """version: 1
projects:
  nightly:
    time_zone: Asia/Kathmandu
    schedules:
      verify: {cron: 30 3 * * *}
schedules:
  verify: {cron: 0 5 1 * *, enabled: false}
"""


def test_schedules_are_applied_and_exported(admin: Person, tmp_path: Path) -> None:
    """Made, changed and removed as the file says; what was exported leaves nothing to do."""
    file, exported = tmp_path / "nightly.yaml", tmp_path / "exported.yaml"

    def apply(text: str, *words: str) -> None:
        file.write_text(text)
        outcome = admin.call("apply", "-f", file, *words)
        assert outcome.status == 0, outcome.err
        assert admin.call("apply", "-f", file, "--dry-run", *words).status == 0

    apply(FILE)
    in_ = ("--project", "nightly")
    [schedule] = admin.read("schedule", "list", *in_)
    assert (schedule["cron"], schedule["next_at"] % 86_400) == ("30 3 * * *", (3 * 60 + 30 - 345 + 24 * 60) * 60)
    assert {"verify": False, "forget-jobs": True}.items() <= {
        found["kind"]: found["enabled"] for found in admin.read("schedule", "list")
    }.items()

    apply(FILE.replace("30 3", "40 4").replace("Asia/Kathmandu", "UTC"))
    [schedule] = admin.read("schedule", "list", *in_)
    assert schedule["next_at"] % 86_400 == (4 * 60 + 40) * 60

    text = admin.call("export", *in_).out
    assert "time_zone: UTC" in text
    assert "40 4 * * *" in text
    exported.write_text(text)
    assert admin.call("apply", "-f", exported, "--dry-run", "--prune").status == 0

    apply(
        FILE.replace("verify: {cron: 30 3 * * *}", "{}").replace("verify: {cron: 0 5", "forget-jobs: {cron: 0 5"),
        "--prune",
        "--yes",
    )
    assert admin.read("schedule", "list", *in_) == []
    kinds = {found["kind"]: found["cron"] for found in admin.read("schedule", "list")}
    assert kinds == {"forget-audit": "7 * * * *", "forget-jobs": "0 5 1 * *"}
    assert admin.call("schedule", "remove", "forget-jobs").status == 0


def test_what_a_file_cannot_say(admin: Person, tmp_path: Path) -> None:
    """Told with its line, before anything changes."""
    file = tmp_path / "wrong.yaml"
    for text, words in (("cron: often", "five fields"), ("often: true", "there is no key"), ("cron: 5", "write text")):
        file.write_text(f"version: 1\nschedules:\n  verify: {{{text}}}\n")
        outcome = admin.call("apply", "-f", file)
        assert outcome.status != 0
        assert ":3:" in outcome.err, outcome.err
        assert words in outcome.err or "often" in outcome.err
