"""What is said to a directory and heard from it, as text: filters, names of entries, and what people are called by.

Pure. Source: RFC 4514 (names), RFC 4515 (filters).
"""

import re
from collections.abc import Iterable, Sequence
from string import ascii_letters, digits
from uuid import UUID

from ldap3.core.exceptions import LDAPExceptionError
from ldap3.operation.search import parse_filter
from ldap3.utils.dn import parse_dn

NAME, DN = "{name}", "{dn}"
"""What filters are filled with: what somebody is called, and the name of their entry."""
Parts = tuple[tuple[str, str], ...]
_PLAIN = frozenset((ascii_letters + digits).encode())
_GUID = "objectguid"
"""Active Directory's number of an entry: 16 bytes, the first three groups of which are turned round (MS-DTYP 2.3.4)."""
_PAIR = re.compile(r"(?:\\[0-9a-fA-F]{2})+|\\(.)", re.DOTALL)


def escaped(value: bytes) -> str:
    """Stands for exactly this in a filter: all but letters and digits are told by their numbers."""
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:02x}" for byte in value)


def filled(template: str, *, name: str = "", dn: str = "") -> str:
    """The filter for somebody; both places are filled in one go, so that neither value can hold the other's place."""
    values = {NAME: escaped(name.encode()), DN: escaped(dn.encode())}
    return re.sub(r"\{name\}|\{dn\}", lambda found: values[found[0]], template)


def for_anybody(template: str) -> str:
    """The filter for whoever it lets in, whatever they are called."""
    return template.replace(NAME, "*")


def require_filter(template: str, *places: str) -> None:
    """Raise ValueError unless this is a filter with one of these places, and no other."""
    if not any(place in template for place in places):
        raise ValueError(f"needs {' or '.join(places)}, where it is filled in")
    if strange := set(re.findall(r"\{[^}]*\}?", template)) - set(places):
        raise ValueError(f"{min(strange)} is nothing that can be filled in; there is {' and '.join(places)}")
    try:
        parse_filter(  # type: ignore[no-untyped-call]
            filled(template, name="a", dn="a"),
            None,
            auto_escape=False,
            auto_encode=False,
            validator=None,
            check_names=False,
        )
    except (LDAPExceptionError, ValueError, IndexError) as fault:
        raise ValueError(f"is no filter of RFC 4515: {fault}") from fault


def require_dn(text: str) -> None:
    """Raise ValueError unless this names an entry."""
    parts_of(text)


def subject_of(attribute: str, values: Sequence[bytes]) -> str | None:
    """What somebody is called for ever, of the values of that attribute; None if that cannot be told."""
    if len(values) != 1 or not values[0]:
        return None
    if attribute.lower() == _GUID:
        return str(UUID(bytes_le=values[0])) if len(values[0]) == 16 else None  # noqa: PLR2004 - bytes of a UUID
    try:
        return values[0].decode()
    except UnicodeDecodeError:
        return None


def with_subject(attribute: str, subject: str, template: str) -> str:
    """The filter for whom the directory calls this, if the template lets them in."""
    value = UUID(subject).bytes_le if attribute.lower() == _GUID else subject.encode()
    return f"(&({attribute}={escaped(value)}){for_anybody(template)})"


def parts_of(dn: str) -> Parts:
    """An entry's name, part by part, as far as it tells entries apart. Raises ValueError."""
    try:
        return tuple((kind.strip().lower(), _plain(value).lower()) for kind, value, _ in parse_dn(dn, strip=True))
    except LDAPExceptionError as fault:
        raise ValueError(f"is no name of an entry, as ou=people,dc=example,dc=com: {fault}") from fault


def names_below(base: str, dns: Iterable[str]) -> frozenset[str]:
    """What the entries below `base` are called, by the first part of their names; others are left out."""
    below = parts_of(base)
    names = set()
    for dn in dns:
        try:
            parts = parts_of(dn)
        except ValueError:
            continue
        if len(parts) > len(below) and parts[-len(below) :] == below:
            names.add(parts[0][1])
    return frozenset(names)


def _plain(value: str) -> str:
    """Without what RFC 4514, section 2.4, puts before special letters."""
    return _PAIR.sub(
        lambda found: found[1] or bytes.fromhex(found[0].replace("\\", "")).decode("utf-8", "replace"), value
    )
