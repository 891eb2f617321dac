"""Whether a deployment may be called now: its breaker and its limits, shared by all workers."""

from usage.capacity.looking import Sight, left_of, look, reset_breaker

__all__ = ["Sight", "left_of", "look", "reset_breaker"]
