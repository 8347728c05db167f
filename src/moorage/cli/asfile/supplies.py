"""What steps need of this machine: passwords for those that are made, and files for secrets that are drawn.

All of it is looked at before anything changes, so that no robot is made whose secret cannot be kept.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from moorage.cli.asfile.faults import Fault
from moorage.cli.asfile.step import Step
from moorage.cli.failing import Failure
from moorage.cli.session import first_line

_LARGEST_PASSWORD_FILE = 16 * 1024
_OURS_ALONE = 0o600


@dataclass(frozen=True, slots=True)
class Supplies:
    """Passwords by the number of their step."""

    passwords: Mapping[int, str] = field(repr=False)


def gather(steps: Sequence[Step]) -> tuple[Supplies, list[Fault]]:
    """What is there for these steps, and what is missing."""
    faults: list[Fault] = []
    passwords = {}
    for number, step in enumerate(steps):
        try:
            password = _password(step)
        except Failure as failure:
            faults.append(_fault(step, failure.sentence))
            continue
        if password is not None:
            passwords[number] = password
    return Supplies(passwords), [*faults, *_files(steps)]


def file_of(step: Step) -> Path | None:
    """Where the secret goes that the step draws; None: to whoever reads the output."""
    return None if step.sources.secret_file is None else _beside(step, step.sources.secret_file)


class SecretFile:
    """A new file that nobody else may read. It is there before the secret is drawn."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._handle = os.open(file, flags, _OURS_ALONE)
        except OSError as fault:
            raise Failure(f"{file} cannot be made: {fault.strerror}") from None

    def write(self, secret: str) -> None:
        """Keep the secret, on a line of its own."""
        with os.fdopen(self._handle, "w") as target:
            target.write(f"{secret}\n")
            target.flush()
            os.fsync(target.fileno())

    def discard(self) -> None:
        """There is no secret to keep."""
        os.close(self._handle)
        self._file.unlink(missing_ok=True)


def _password(step: Step) -> str | None:
    name, file = step.sources.password_env, step.sources.password_file
    if name is not None:
        found = os.environ.get(name)
        if not found:
            raise Failure(f"the variable {name[:80]} holds no {step.sources.sent_as}")
        return found
    if file is None:
        return None
    try:
        with _beside(step, file).open("rb") as source:
            content = source.read(_LARGEST_PASSWORD_FILE)
    except (OSError, ValueError) as fault:
        raise Failure(f"{file[:200]} cannot be read: {getattr(fault, 'strerror', None) or fault}") from None
    try:
        return first_line(content.decode())
    except (UnicodeDecodeError, Failure):
        raise Failure(f"{file[:200]} holds no password, or more than one line") from None


def _files(steps: Sequence[Step]) -> Iterator[Fault]:
    taken: set[Path] = set()
    for step in steps:
        file = file_of(step)
        if file is None:
            continue
        if file in taken or os.path.lexists(file):
            yield _fault(step, f"{file} is there already, or named twice: a secret does not replace a file")
        elif not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
            yield _fault(step, f"no file can be made in {file.parent}")
        taken.add(file)


def _beside(step: Step, name: str) -> Path:
    """Files are named as seen from the one that names them."""
    assert step.place is not None  # noqa: S101 - it came from a file
    return Path(step.place.file).parent / name


def _fault(step: Step, sentence: str) -> Fault:
    assert step.place is not None  # noqa: S101 - it came from a file
    return Fault(step.place, f"{step.what}: {sentence}")
