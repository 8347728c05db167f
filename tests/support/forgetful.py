"""Settings of a server with which a deletion is final: nothing can be restored, so nothing is kept for that."""

from moorage.app.settings import Settings

FORGETFUL = {"MOORAGE_UNDELETE_DAYS": "0"} if "undelete_days" in Settings.model_fields else {}
