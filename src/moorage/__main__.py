"""`python -m moorage` and the command `moorage`."""

import os
import signal

from moorage.app.handover import HANDOVER


def main() -> None:
    """The command line; or, when `serve` has handed over, what keeps the workers (see `app.serve`)."""
    if file := os.environ.pop(HANDOVER, None):
        from moorage.app.keeper import keep  # noqa: PLC0415 - one of the two, never both: memory

        keep(int(file))
        return
    interrupted = signal.getsignal(signal.SIGINT)
    if interrupted is signal.default_int_handler:  # Ctrl-C while all is read in: end, without a traceback
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from moorage.cli import main as command_line  # noqa: PLC0415 - as above

    signal.signal(signal.SIGINT, interrupted)
    command_line()


if __name__ == "__main__":
    main()
