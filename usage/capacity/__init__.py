"""Whether a deployment may be called now: its circuit breaker, shared by all workers."""

from usage.capacity.looking import Sight, look, reset_breaker

__all__ = ["Sight", "look", "reset_breaker"]
