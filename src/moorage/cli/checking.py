"""The long-running part of `moorage verify`."""

from rich.progress import Progress

from moorage.app.checking import judge_all
from moorage.app.settings import Settings


async def verify_all(settings: Settings) -> int:
    """Show progress, name what is damaged; how many blobs are."""
    damaged = checked = size = 0
    with Progress(transient=True) as progress:
        task = progress.add_task("Reading blobs", total=None)
        async for judged in judge_all(settings):
            checked += 1
            size += judged.size
            progress.update(task, advance=1)
            if not judged.good:
                damaged += 1
                progress.console.print(f"damaged: {judged.digest}")
    print(f"{checked} blobs with {size} bytes read; {damaged} damaged")
    return damaged
