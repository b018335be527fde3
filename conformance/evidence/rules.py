"""What the judges of every kind of proof share: how a requirement fails, and how values are read."""

import base64
import hashlib
import json
from datetime import datetime, timedelta, timezone

TOLERANCE = timedelta(seconds=60)
OWN_WORD = "urn:segl:own-word"


class Failed(Exception):
    """A requirement that is not met; its name is the first argument."""


class Unknown(Exception):
    """Something that cannot be judged here."""


def require(holds, rule, about):
    if not holds:
        raise Failed(f"{rule}: {about}")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def from_seconds(number):
    return datetime.fromtimestamp(number, timezone.utc)


def from_base64url(text, rule, about):
    """Bytes that have one spelling: no padding, no unused bits."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text, rule, about)
    return data


def claim(claims, name):
    """By its name, which may have dots in it, or else by its path; as text."""
    value = claims
    if name in claims:
        value = claims[name]
    else:
        for step in name.split("."):
            if not isinstance(value, dict) or step not in value:
                return None
            value = value[step]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return json.dumps(value)
    return value if isinstance(value, str) else None
