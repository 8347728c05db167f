"""One command of the client: which registry it asks and as whom, and how it tells what came of it.

`command` registers a function with the options that all of them share. What makes HTTP requests is read in with the
first request only, so that commands of the server do without.
"""

import functools
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, NamedTuple, ParamSpec, Self

import typer

from moorage.cli import logins, remembered, showing
from moorage.cli.address import Address
from moorage.cli.failing import Failure, Status
from moorage.cli.logins import Login
from moorage.cli.showing import Column

if TYPE_CHECKING:
    from moorage.cli.remote import Answer, Remote

URL, USER, PASSWORD, CA = (f"MOORAGE_CLIENT_{name}" for name in ("URL", "USER", "PASSWORD", "CA"))
"""Variables for programs, as in CI, which log in nowhere."""
Words = ParamSpec("Words")
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Show the first N only.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Sort = Annotated[
    str | None, typer.Option("--sort", metavar="COLUMN", help="By name, created_at …; with - before it, downwards.")
]


class Wish(NamedTuple):
    """What the shared options say."""

    url: str | None
    ca: Path | None
    insecure: bool
    as_json: bool


class Session:
    """Asks the registry that is meant, and prints."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "remote" in self.__dict__:  # it was asked
            self.remote.close()

    @cached_property
    def address(self) -> Address:
        """The option, the variable, or the registry of the last login, in this order."""
        for given in (self._wish.url, os.environ.get(URL)):
            if given:
                return _meant(given)
        if found := remembered.default():
            return found
        raise Failure(
            "no registry is known", Status.NOT_LOGGED_IN, hint="log in with: moorage login URL, or name it with --url"
        )

    @property
    def as_json(self) -> bool:
        """Shall what is printed be JSON?"""
        return self._wish.as_json

    @property
    def ca(self) -> Path | None:
        """The file of certificates to trust: as given, or as at the login."""
        if given := self._wish.ca or os.environ.get(CA):
            return Path(given)
        known = remembered.find(self.address.host)
        return known.ca if known else None

    @cached_property
    def login(self) -> Login:
        """As whom: the variables, for the registry that they name; else what was kept at the login."""
        if given := self._from_environment():
            return given
        _require_same_secrecy(self.address)
        found = logins.find(self.address.host)
        if found is None:
            raise Failure(
                f"you are not logged in to {self.address.url}",
                Status.NOT_LOGGED_IN,
                hint=f"log in with: moorage login {self.address.url}",
            )
        return found

    def as_login(self, login: Login) -> "Remote":
        """The registry, asked as somebody whose password was typed."""
        # Its own command line, with rich and pygments: it does without, where they are missing.
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
        from moorage.cli.remote import Remote  # noqa: PLC0415 - see the module's docstring

        return Remote(self.address, login, ca=self.ca, insecure=self._wish.insecure)

    @cached_property
    def remote(self) -> "Remote":
        """The registry, asked as who is logged in."""
        return self.as_login(self.login)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        query: Mapping[str, Any] | None = None,
        condition: str | None = None,
    ) -> "Answer":
        """One request; see `Remote.ask`."""
        return self.remote.ask(method, path, body=body, query=query, condition=condition)

    def list(
        self,
        path: str,
        columns: Sequence[Column],
        *,
        limit: int | None = None,
        sort: str | None = None,
        query: Mapping[str, Any] | None = None,
        rows: Callable[[dict[str, Any]], Iterable[dict[str, Any]]] | None = None,
        nothing: str = "There are none.",
    ) -> int:
        """Show a list; how many entries it has. `rows` makes several rows of an entry."""
        asked = dict(query or {}) if sort is None else {**(query or {}), "sort": sort}
        found = self.remote.pages(path, limit=limit, query=asked)
        if self._wish.as_json:
            _print_json(found)
        else:
            shown = [row for entry in found for row in rows(entry)] if rows else found
            showing.show_table(shown, columns, nothing=nothing)
        return len(found)

    def show(self, content: dict[str, Any], columns: Sequence[Column]) -> None:
        """Show one thing."""
        if self._wish.as_json:
            _print_json(content)
        else:
            showing.show_one(content, columns)

    def tell(self, sentence: str, content: Any = None, *, below: Iterable[str] = ()) -> None:  # noqa: ANN401 - JSON
        """Say what was done, with lines `below`; as JSON, print what the registry answered, if it did."""
        if not self._wish.as_json:
            print("\n  ".join(map(showing.clean, (sentence, *below))))
        elif content is not None:
            _print_json(content)

    def hand_over(self, sentence: str, made: dict[str, Any], what: str = "secret", *, field: str = "secret") -> None:
        """Show a secret that is shown once: alone on standard output, unless a person reads that."""
        if self._wish.as_json:
            _print_json(made)
            return
        is_read = showing.is_read()
        out = sys.stdout if is_read else sys.stderr
        print(showing.clean(sentence), file=out)
        print(f"This {what} is shown only once:" if is_read else f"Its {what} was printed, only this once.", file=out)
        print(f"\n    {made[field]}\n" if is_read else made[field])

    def _from_environment(self) -> Login | None:
        user, secret, url = (os.environ.get(name) for name in (USER, PASSWORD, URL))
        if not user and not secret:
            return None
        if url and _meant(url) != self.address:
            return None  # they are for another registry than the one asked now
        if not user or not secret:
            raise Failure(f"{USER} and {PASSWORD} go together: set both or neither", Status.USAGE)
        return Login(user, secret)


def command(
    app: typer.Typer,
    name: str,
    *,
    url: Any = None,  # noqa: ANN401 - an annotation
) -> Callable[[Callable[Concatenate[Session, Words], None]], Callable[Concatenate[Session, Words], None]]:
    """Register a function as a command, with the shared options behind its own.

    `url` is in place of the option --url, for those who take the address as a word.
    """

    def register(function: Callable[Concatenate[Session, Words], None]) -> Callable[Concatenate[Session, Words], None]:
        own = list(inspect.signature(function).parameters.values())[1:]
        shared = [
            option.replace(annotation=url) if url is not None and option.name == "url" else option for option in _SHARED
        ]

        @functools.wraps(function)
        def run(**given: Any) -> None:  # noqa: ANN401 - whatever its parameters are
            wish = Wish(**{field: given[field] for field in Wish._fields})
            words = {parameter.name: given[parameter.name] for parameter in own}
            with _told(), Session(wish) as session:
                function(session, **words)  # type: ignore[call-arg]

        run.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *shared]}
        app.command(name)(run)
        return function

    return register


def group(help_: str) -> typer.Typer:
    """A command that holds commands."""
    return typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=help_)


def ask_password(prompt: str, *, from_stdin: bool, twice: bool = False) -> str:
    """From standard input, without the line's end, or from a person who is not shown what they type."""
    if from_stdin:
        return first_line(sys.stdin.read())
    if not sys.stdin.isatty():
        raise Failure("there is nobody to ask for a password: give --password-stdin", Status.USAGE)
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))


def first_line(text: str) -> str:
    """What was piped in, without the end of its line."""
    password = text.removesuffix("\n").removesuffix("\r")
    if not password or "\n" in password:
        raise Failure("standard input holds no password, or more than one line", Status.USAGE)
    return password


@contextmanager
def _told() -> Iterator[None]:
    """A failure is told, and becomes the exit status."""
    try:
        yield
        print(end="", flush=True)
    except Failure as failure:
        print(f"moorage: {failure.sentence}", file=sys.stderr)
        if failure.hint:
            print(f"  {failure.hint}", file=sys.stderr)
        raise typer.Exit(failure.status) from None
    except BrokenPipeError:  # whoever read this has what they want
        raise
    except OSError as fault:
        print(f"moorage: what there is to say cannot be written: {fault.strerror}", file=sys.stderr)
        sys.stdout = None  # or it would be tried again at the end
        raise typer.Exit(Status.FAILED) from None
    except UnicodeError:
        print("moorage: what was given is not text in UTF-8", file=sys.stderr)
        raise typer.Exit(Status.USAGE) from None
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as fault:  # the shape of an answer
        print(f"moorage: the registry answered what this version does not understand ({fault!r})", file=sys.stderr)
        raise typer.Exit(Status.FAILED) from None


def _meant(given: str) -> Address:
    """Who gives a name without a scheme means the registry that they logged in to."""
    address = Address.parse(given)
    known = remembered.find(address.host) if "://" not in given else None
    return known.address if known else address


def _require_same_secrecy(address: Address) -> None:
    """A password that was given for a host with TLS does not go to it without."""
    if address.scheme == "https" or address.is_local:
        return
    known = remembered.find(address.host)
    if known is None or known.address != address:
        raise Failure(
            f"you have not logged in to {address.url}, and the password would go there in the clear",
            Status.NOT_LOGGED_IN,
            hint=f"if that is what you want, log in with: moorage login {address.url}",
        )


def _print_json(content: Any) -> None:  # noqa: ANN401 - JSON
    print(json.dumps(content, indent=2, ensure_ascii=True))


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:  # noqa: ANN401 - of any kind
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_SHARED = (
    _option("as_json", Annotated[bool, typer.Option("--json", help="Print what the API answers, as JSON.")], False),
    _option(
        "url",
        Annotated[str | None, typer.Option("--url", metavar="URL", help=f"The registry [{URL}, or the last login].")],
        None,
    ),
    _option(
        "ca",
        Annotated[
            Path | None, typer.Option("--ca", metavar="FILE", help=f"A PEM file of certificates to trust too [{CA}].")
        ],
        None,
    ),
    _option("insecure", Annotated[bool, typer.Option("--insecure", help="Do not verify the certificate.")], False),
)
