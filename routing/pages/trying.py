"""The page on which a deployment is tried: HTTP only."""

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from routerproject.shared.pages import for_holders_of
from routing.providers.trial import tried
from usage import configuration


@require_http_methods(["GET", "HEAD", "POST"])
@for_holders_of("usage.change_deployment")
def try_deployment(request: HttpRequest, number: int) -> HttpResponse:
    """Ask whether a deployment can be called as it is set up, and show what came of it."""
    place = configuration.deployment_of(number)
    if place is None:
        raise Http404
    trial = async_to_sync(tried)(place) if request.method == "POST" else None
    context = {"place": place, "number": number, "trial": trial}
    return render(request, "routing/try_deployment.html", context)
