"""What answers in place of a model."""

from collections.abc import Callable

from routing.types import RouteRequest, RoutingTable

Restore = Callable[[str], str]  # a text with this request's own tokens turned back
# Returns the text of the answer, in which identifiers are tokens still. Raises RouterError.
Handler = Callable[[RouteRequest, RoutingTable, Restore], str]
