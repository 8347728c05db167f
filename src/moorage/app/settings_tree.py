"""What every table of settings is made of."""

from pydantic import BaseModel, ConfigDict


class Tree(BaseModel):
    """A table: frozen, without keys that nobody knows, and with faults that show no values."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def names(value: object) -> object:
    """A list, or text with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
