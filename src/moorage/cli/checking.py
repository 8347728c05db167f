"""The long-running part of `moorage verify`, and of `moorage admin recount`."""

from rich.console import Console
from rich.progress import Progress

from moorage.app.checking import judge_all, recount
from moorage.app.settings import Settings


async def verify_all(settings: Settings) -> int:
    """Show progress on a terminal, name what is damaged; how many blobs are, or cannot be read."""
    damaged = unreadable = checked = size = 0
    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal, redirect_stdout=False) as progress:
        task = progress.add_task("Reading blobs", total=None)
        async for judged in judge_all(settings):
            checked += 1
            size += judged.size
            progress.update(task, advance=1)
            if not judged.readable:
                unreadable += 1
                print(f"cannot be read now: {judged.digest}", flush=True)
            elif not judged.good:
                damaged += 1
                print(f"damaged: {judged.digest}", flush=True)
    told = f"; {unreadable} could not be read: run it again when the disk answers" if unreadable else ""
    print(f"{checked} blobs with {size} bytes read; {damaged} damaged{told}")
    return damaged + unreadable


async def recount_all(settings: Settings) -> int:
    """Tell each count that was wrong; how many were."""
    found = await recount(settings)
    wrong = [counted for counted in found if not counted.is_right]
    for counted in wrong:
        name = f"project {counted.name}" if counted.name else "the registry"
        print(f"mended: {name} was counted with {counted.kept} bytes and has {counted.counted}")
    print(f"{len(found) - 1} projects counted; the drift is {sum(abs(counted.drift) for counted in wrong)} bytes")
    return len(wrong)
