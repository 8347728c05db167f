"""`moorage job`, against a real registry."""

from tests.cli.support.person import Person
from tests.support.server import Server


def done(person: Person, *words: str) -> str:
    """What it prints when all is well."""
    outcome = person.call(*words)
    assert outcome.status == 0, outcome.err
    return outcome.out


def test_a_job(server: Server, admin: Person) -> None:
    """Asked for, waited for, listed, shown, its log printed; what has ended well is not tried again."""
    status, _, _ = server.call("POST", "/v2/jobs/app/blobs/uploads/")
    assert status == 202
    shown = done(admin, "job", "run", "verify", "--wait")
    assert "state     succeeded" in shown
    assert "result    blobs " in shown
    [job] = admin.read("job", "list", "--kind", "verify", "--limit", "1")
    number = str(job["id"])
    assert admin.read("job", "show", number) == job
    listed = done(admin, "job", "list", "--state", "succeeded")
    assert number in [line.split()[0] for line in listed.splitlines()]
    assert "succeeded" in listed
    assert done(admin, "job", "logs", number) == ""
    assert admin.read("job", "logs", number) == []
    assert admin.call("job", "retry", number).status == 5
    assert admin.call("job", "cancel", number).status == 5


def test_of_a_project(admin: Person) -> None:
    """Named by the project; elsewhere it is not there."""
    done(admin, "project", "create", "job-one")
    done(admin, "project", "create", "job-two")
    told = done(admin, "job", "run", "verify", "--project", "job-one")
    number = told.split()[2]
    assert told == f"The job {number} is asked for: moorage job show {number} --project job-one\n"
    assert admin.read("job", "show", number, "--project", "job-one")["project"] == "job-one"
    assert [str(job["id"]) for job in admin.read("job", "list", "--project", "job-one")] == [number]
    assert admin.read("job", "list", "--project", "job-two") == []
    assert admin.call("job", "show", number, "--project", "job-two").status == 4


def test_cancelled(admin: Person) -> None:
    """What was cancelled in time is tried again."""
    done(admin, "project", "create", "job-three")
    in_ = ("--project", "job-three")
    while True:
        number = str(admin.read("job", "run", "verify", *in_)["id"])
        outcome = admin.call("job", "cancel", number, *in_)
        if outcome.status == 0 and "is cancelled" in outcome.out:
            break
    assert done(admin, "job", "retry", number, *in_) == f"The job {number} is tried again.\n"


def test_what_there_is_not(admin: Person) -> None:
    """A sentence, and a status."""
    outcome = admin.call("job", "run", "of-tomorrow")
    assert outcome.status == 1
    assert "use verify" in outcome.err
    assert admin.call("job", "show", "999999").status == 4
    assert admin.call("job", "list", "--state", "asleep").status == 2


def test_a_schedule(admin: Person) -> None:
    """Set, listed, switched off, removed; in a project whose clock stands elsewhere."""
    done(admin, "project", "create", "job-four")
    in_ = ("--project", "job-four")
    done(admin, "project", "update", "job-four", "--time-zone", "Asia/Kathmandu")
    assert "verify comes next at " in done(admin, "schedule", "set", "verify", "30 3 * * *", *in_)
    [schedule] = admin.read("schedule", "list", *in_)
    assert (schedule["kind"], schedule["next_at"] % 86_400) == ("verify", (3 * 60 + 30 - 345 + 24 * 60) * 60)
    assert done(admin, "schedule", "set", "verify", "30 3 * * *", "--off", *in_) == "verify does not come.\n"
    done(admin, "schedule", "remove", "verify", *in_)
    assert admin.read("schedule", "list", *in_) == []
    assert admin.call("schedule", "set", "verify", "often", *in_).status == 1
    assert "forget-audit" in done(admin, "schedule", "list")
