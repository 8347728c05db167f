"""The form of a webhook: what its fields hold, and the webhook that they say."""

from collections.abc import Mapping

from moorage.oci.error import Code, Refusal
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.webhooks import ALL, KINDS, LOUD, Form, Webhook, require_form
from moorage.service.manage_webhooks import Wanted

NOUNS = tuple(dict.fromkeys(f"{kind.partition('.')[0]}.*" for kind in KINDS))
"""Groups of events, in the order in which they are told of."""
_BOXES = (ALL, *NOUNS, *LOUD)
Typed = Mapping[str, str]


def filled(hook: Webhook | None) -> dict[str, str]:
    """What stands in the fields at first: the webhook, or what one would begin with."""
    if hook is None:
        empty = dict.fromkeys(("url", "secret", "description", "kinds"), "")
        return {
            **empty,
            "event-*": "yes",
            "repositories": EVERYTHING,
            "tags": EVERYTHING,
            "form": Form.CLOUDEVENTS.value,
        }
    return {
        "url": hook.url,
        "description": hook.description,
        "form": hook.form.value,
        "repositories": " ".join(pattern.text for pattern in hook.repositories),
        "tags": " ".join(pattern.text for pattern in hook.tags),
        "kinds": " ".join(word for word in hook.events if word not in _BOXES),
        **{f"event-{word}": "yes" for word in hook.events if word in _BOXES},
    }


def read(typed: Typed) -> Wanted:
    """What the form asks for. Raises QUERY_INVALID."""
    kinds = typed.get("kinds", "").replace(",", " ").split()
    events = [word for word in _BOXES if typed.get(f"event-{word}") == "yes"] + kinds
    if not events:
        raise Refusal(Code.QUERY_INVALID, "choose at least one kind of event")
    return Wanted(
        typed.get("url", "").strip(),
        tuple(dict.fromkeys(events)),
        typed.get("secret", "").strip() or None,
        Form(require_form(typed.get("form", "") or Form.CLOUDEVENTS.value)),
        _patterns(typed.get("repositories", "")),
        _patterns(typed.get("tags", "")),
        typed.get("description", "").strip(),
    )


def _patterns(text: str) -> tuple[Pattern, ...]:
    words = text.replace(",", " ").split() or [EVERYTHING]
    return tuple(dict.fromkeys(Pattern.parse(word) for word in words))
