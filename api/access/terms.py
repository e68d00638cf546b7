"""Closed vocabularies of access, which settings are held to."""

from typing import Final, Literal, get_args

Role = Literal["telecommunicator", "clinician", "supervisor", "data_scientist", "admin", "monitor"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

Permission = Literal[
    "look", "suggest", "decide", "report", "follow", "alert", "team", "history", "watch", "switch"
]
PERMISSIONS: Final[tuple[Permission, ...]] = get_args(Permission)

Via = Literal["none", "key", "token"]

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Those of tokens that can be allowed: a public key checks them. Never `none`, never a shared secret."""
