"""The admin of what protects identifiers."""

from phi.admin import case_keys, policies, publications, words

__all__ = ["case_keys", "policies", "publications", "words"]
