"""Settings of those who vouch for people: whom their word lets in, and how they are asked."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator

from moorage.app.settings_tree import Tree, names
from moorage.oci.error import Refusal
from moorage.rules import sign_on
from moorage.rules.federation import USUAL_ALGORITHMS, require_issuer

_DAY = 86_400.0
_PEOPLE = "(&(objectClass=inetOrgPerson)(uid={name}))"
_GROUPS = "(&(objectClass=groupOfNames)(member={dn}))"
Optional = Annotated[str | None, BeforeValidator(lambda value: value or None)]
"""Text, of which the empty one means none: TOML has no other way to say so."""


class Admission(Tree):
    """Whom another's word lets in, and as what."""

    allowed_groups: Annotated[tuple[str, ...], BeforeValidator(names)] = Field(
        default=(), description="groups of which one is needed to come in; none: everybody comes in"
    )
    admin_group: str | None = Field(
        default=None, min_length=1, description="group whose people are administrators, and nobody else"
    )
    auditor_group: str | None = Field(
        default=None, min_length=1, description="group whose people are auditors, and nobody else"
    )
    fresh_days: float = Field(
        default=30, gt=0, description="days after which whoever was not vouched for again is kept out, with all tokens"
    )

    def admission(self) -> sign_on.Admission:
        """The same as a rule."""
        return sign_on.Admission(
            self.fresh_days * _DAY,
            allowed_groups=frozenset(self.allowed_groups),
            admin_group=self.admin_group,
            auditor_group=self.auditor_group,
        )


class Oidc(Admission):
    """Single sign-on by an OpenID provider; its address is the one that its tokens name as `iss`."""

    issuer: str | None = Field(default=None, description="the provider, as https://login.example.com/realms/corp")
    client_id: str = Field(default="moorage", description="what the registry is called there")
    client_secret: SecretStr | None = Field(default=None, description="its secret there; none: a public client")
    title: str = Field(default="single sign-on", description="what people call it, for the button on the login page")
    scopes: Annotated[tuple[str, ...], BeforeValidator(names)] = Field(
        default=("openid", "profile", "email"), description="what is asked for; groups may need one more"
    )
    name_claim: str = Field(default="preferred_username", description="claim that becomes the user name")
    groups_claim: str = Field(default="groups", description="claim that names the groups")
    algorithms: Annotated[tuple[str, ...], BeforeValidator(names)] = Field(
        default=USUAL_ALGORITHMS, description="signatures that its identity tokens may have"
    )

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if self.issuer is not None:
            try:
                require_issuer(self.issuer, self.client_id, self.algorithms)
            except Refusal as refusal:
                raise ValueError(refusal.sentence) from None
            if "openid" not in self.scopes:
                raise ValueError("scopes must hold openid: without it the provider gives no identity token")
        return self


class Ldap(Admission):
    """A directory whose people log in with the passwords that they have there."""

    url: Annotated[tuple[str, ...], BeforeValidator(names)] = Field(
        default=(),
        description="the directory's servers, as ldaps://ldap.example.com; the next is asked when one is down; "
        "none: no directory",
    )
    start_tls: bool = Field(default=True, description="begin TLS at ldap:// addresses, before anything is said")
    insecure: bool = Field(
        default=False, description="allow ldap:// with `start_tls = false`: passwords go over the wire in the clear"
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file with the authorities that sign its certificates, in place of the system's"
    )
    bind_dn: Optional = Field(
        default=None, description="entry of the account that searches for people; none: searched as nobody"
    )
    bind_password: SecretStr | None = Field(default=None, description="its password")
    user_base: str = Field(default="", description="entry below which people are, as ou=people,dc=example,dc=com")
    user_filter: str = Field(
        default=_PEOPLE,
        description="finds somebody by what they type as {name}; whom it does not find has no access",
    )
    name_attribute: str = Field(default="uid", description="what people are called here")
    subject_attribute: str = Field(
        default="entryUUID",
        description="what tells people apart for ever, also when they are renamed; Active Directory: objectGUID",
    )
    group_base: Optional = Field(default=None, description="entry below which groups are; none: no groups are followed")
    group_filter: Optional = Field(
        default=_GROUPS,
        description="finds the groups of whoever has the entry {dn} and the name {name}; empty: only member_of tells",
    )
    group_attribute: str = Field(default="cn", description="what a group is called")
    member_of: Optional = Field(
        default=None,
        description="attribute of people that holds the names of their groups' entries, as memberOf; those below "
        "group_base count",
    )
    fresh_days: float = Field(
        default=7, gt=0, description="days for which its last word about somebody is good while it cannot be asked"
    )
    check_minutes: float = Field(
        default=60, gt=0, description="minutes after which the directory is asked again about everybody it knows"
    )

    def admission(self) -> sign_on.Admission:
        """A directory tells groups in lower case, as it knows no other."""
        told = super().admission()
        return replace(
            told,
            allowed_groups=frozenset(group.lower() for group in told.allowed_groups),
            admin_group=told.admin_group.lower() if told.admin_group is not None else None,
            auditor_group=told.auditor_group.lower() if told.auditor_group is not None else None,
        )

    @field_validator("url")
    @classmethod
    def _urls_are_some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            try:
                parts = urlsplit(url)
                is_one = parts.scheme in {"ldap", "ldaps"} and parts.hostname and (parts.port is None or parts.port > 0)
            except ValueError:
                is_one = False
            if not is_one or parts.path.strip("/") or parts.query or parts.fragment or "@" in url:
                raise ValueError("is ldaps://HOST or ldap://HOST, with :PORT where it is another, and nothing more")
        return value

    @field_validator("user_filter")
    @classmethod
    def _finds_people(cls, value: str) -> str:
        if value != _PEOPLE:
            from moorage.adapters.directory.terms import NAME, require_filter  # noqa: PLC0415 - needed where there is one

            require_filter(value, NAME)
        return value

    @field_validator("group_filter")
    @classmethod
    def _finds_groups(cls, value: str | None) -> str | None:
        if value is not None and value != _GROUPS:
            from moorage.adapters.directory.terms import DN, NAME, require_filter  # noqa: PLC0415 - the same

            require_filter(value, DN, NAME)
        return value

    @field_validator("bind_dn", "user_base", "group_base")
    @classmethod
    def _entries_are_some(cls, value: str | None) -> str | None:
        if value:
            from moorage.adapters.directory.terms import require_dn  # noqa: PLC0415 - the same

            require_dn(value)
        return value

    @field_validator("name_attribute", "subject_attribute", "group_attribute", "member_of")
    @classmethod
    def _attributes_are_some(cls, value: str | None) -> str | None:
        if value is not None and not value.replace("-", "").isalnum():
            raise ValueError("is the name of an attribute: letters, digits and -")
        return value

    @field_validator("ca_file")
    @classmethod
    def _authorities_are_some(cls, value: Path | None) -> Path | None:
        if value is not None:
            import ssl  # noqa: PLC0415 - needed where there is one

            try:
                ssl.create_default_context(cafile=value)
            except OSError as fault:
                raise ValueError(f"{value} cannot be used: {fault.strerror or fault}") from fault
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if sentences := _torn(self):
            raise ValueError("; ".join(sentences))
        return self


def faults_besides(given: Mapping[str, object], faulty: frozenset[str]) -> list[str]:
    """What does not fit together in this table, beside the keys that are wrong by themselves."""
    try:
        Ldap.model_validate({name: value for name, value in given.items() if name not in faulty})
    except ValidationError as invalid:
        told = [str(error["ctx"]["error"]) for error in invalid.errors() if not error["loc"]]
        sentences = [sentence for text in told for sentence in text.split("; ")]
        return [f"ldap: {sentence}" for sentence in sentences if not any(key in sentence for key in faulty)]
    return []


def _torn(ldap: Ldap) -> list[str]:
    """What does not fit together, once there is a directory; each sentence names its keys."""
    if not ldap.url:
        return []
    is_plain = any(url.startswith("ldap://") for url in ldap.url)
    decides = bool(ldap.allowed_groups or ldap.admin_group or ldap.auditor_group)
    secret = None if ldap.bind_password is None else ldap.bind_password.get_secret_value()
    wrong = {
        "user_base is needed: the entry below which people are": not ldap.user_base,
        "url with ldap:// and start_tls = false sends passwords in the clear: "
        "take ldaps:// or start_tls, or say insecure = true": is_plain and not ldap.start_tls and not ldap.insecure,
        "bind_dn and bind_password go together: set both or neither": (ldap.bind_dn is None) != (secret is None),
        "bind_password is empty, which servers take for nobody's": secret == "",
        "group_base is needed where groups decide": decides and ldap.group_base is None,
        "member_of needs group_base: groups elsewhere do not count": bool(ldap.member_of) and ldap.group_base is None,
        "group_base needs group_filter or member_of": (
            ldap.group_base is not None and ldap.group_filter is None and ldap.member_of is None
        ),
    }
    return [sentence for sentence, is_wrong in wrong.items() if is_wrong]
