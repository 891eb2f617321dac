"""How every admin of the site reads, shows and edits rows."""

from routerproject.shared.admin.differences import Difference, between
from routerproject.shared.admin.display import bar, hexadecimal, json_text, moment, number, usd
from routerproject.shared.admin.editing import EditableAdmin, EditForm
from routerproject.shared.admin.filters import PeriodFilter
from routerproject.shared.admin.lines import LinesField
from routerproject.shared.admin.reading import ReadOnlyAdmin
from routerproject.shared.admin.rows import row_or_404

__all__ = [
    "Difference",
    "EditForm",
    "EditableAdmin",
    "LinesField",
    "PeriodFilter",
    "ReadOnlyAdmin",
    "bar",
    "between",
    "hexadecimal",
    "json_text",
    "moment",
    "number",
    "row_or_404",
    "usd",
]
