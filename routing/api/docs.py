"""The pages about the API: its schema and Swagger's view of it, loaded when they are asked for.

The generator behind them takes a tenth of a second and 4 MB, with Django's test client among it. A
page is made on a thread, so that no request waits meanwhile.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

SCHEMA: Final = "drf_spectacular.views.SpectacularAPIView"
# Its script has an address of its own: the policy allows nothing inline.
PAGE: Final = "drf_spectacular.views.SpectacularSwaggerSplitView"


@csrf_exempt  # as the generator's own views are
def schema(request: HttpRequest) -> HttpResponseBase:
    """Return the API as OpenAPI describes it."""
    return _view(SCHEMA)(request)


@csrf_exempt
def page(request: HttpRequest) -> HttpResponseBase:
    """Return the page that shows the schema, or its script."""
    return _view(
        PAGE, url_name="api:schema", template_name="api/docs.html", title="Clinic model router"
    )(request)


@cache
def _view(kind: str, **options: str) -> Callable[[HttpRequest], HttpResponseBase]:
    view: Any = import_string(kind)
    made: Callable[[HttpRequest], HttpResponseBase] = view.as_view(**options)
    return made
