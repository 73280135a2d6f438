"""What all sections of the settings have in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Defaults are those of a single machine; every field says what it does."""

    model_config = ConfigDict(frozen=True, extra="forbid")
