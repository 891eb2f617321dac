"""Below `/api/` an error is a problem document, also where Django would answer with a page."""

from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from routerproject.shared.errors import RouterError
from routing.api import problems
from routing.errors import InvalidRequest

API: Final = "/api/"
_BY_STATUS: Final[dict[int, type[RouterError]]] = {
    400: InvalidRequest,  # a Host header that is not ours, a header that cannot be read
    404: problems.NotFound,
    405: problems.MethodNotAllowed,
}


class ApiErrors(MiddlewareMixin):
    """Comes first, so that it sees what every other part of Django made of a request."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_page = not response.headers.get("Content-Type", "").startswith(problems.CONTENT_TYPE)
        if response.status_code < 400 or not is_page or not request.path_info.startswith(API):
            return response
        return problems.respond(_BY_STATUS.get(response.status_code, problems.Internal)())
