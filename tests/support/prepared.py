"""A registry's database as its first start leaves it, made once and copied for every server that a test begins with.

What a first start does itself is tested where it is not spared: `Server(..., prepared=False)`.
"""

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from moorage.adapters.sql.sqlite import FILE
from moorage.app.prepare import prepare
from moorage.app.settings import load
from tests.support.quick import cheap_passwords


def furnish(data: Path, password: str) -> None:
    """Lay it into this folder, which is made if need be: the newest schema, and `admin` with this password."""
    data.mkdir(parents=True, exist_ok=True, mode=0o750)
    shutil.copy(_made(password), data / FILE)


@cache
def _made(password: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="moorage-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", __name__, folder, password], check=True)
    (folder / FILE).chmod(0o640)
    assert not (folder / f"{FILE}-wal").exists()
    return folder / FILE


def main() -> None:
    """Prepare a folder for an administrator with this password, in a process that has no loop yet."""
    folder, password = sys.argv[1:]
    with cheap_passwords():
        prepare(load(environment={}, options={"data": folder, "admin_password": password}))


if __name__ == "__main__":
    main()
