"""The row that an address of the admin names."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404


def row_or_404(rows: type[Model] | QuerySet[Any], object_id: str) -> Any:
    """Return a row by its id as an address spells it. Raises Http404, for what is no id too."""
    try:
        return get_object_or_404(rows, pk=object_id)
    except (ValueError, ValidationError) as malformed:
        raise Http404 from malformed
