"""The admin of what protects identifiers."""

from phi.admin import case_keys, denials, policies, publications, review_texts, words

__all__ = ["case_keys", "denials", "policies", "publications", "review_texts", "words"]
