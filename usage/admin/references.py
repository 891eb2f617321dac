"""Whether references lead to something, as this process sees it; never what that is."""

import time

from routerproject.shared import references, secret_store
from routerproject.shared.references import RefusedReference


def leads_to(base_url_ref: str, credential_ref: str) -> str:
    """Return what is known of an address and a credential, in words without either."""
    return f"Address: {state_of(base_url_ref)}. Credential: {state_of(credential_ref)}."


def state_of(reference: str) -> str:
    """Return whether a reference leads to something."""
    if not reference:
        return "none given"
    try:
        value = references.resolve(reference)
    except RefusedReference:
        return "not allowed here"
    if not references.is_kept(reference):
        return "found" if value else "empty or missing"
    held = secret_store.held(reference)
    age = f"read {time.monotonic() - held.read_at:.0f} s ago" if held.read_at else "never read"
    return f"{age}, last attempt failed: {held.trouble}" if held.trouble else age
