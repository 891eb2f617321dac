"""How tenants, clients and departments are called in reports; ids where they are gone."""

from collections.abc import Mapping
from dataclasses import dataclass

from usage.models import Client

NO_DEPARTMENT = "no department"


@dataclass(frozen=True, slots=True)
class Named:
    """A client as reports name it."""

    tenant: str
    client: str
    department: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all clients, by id."""

    clients: Mapping[int, Named]

    @classmethod
    def load(cls) -> "Names":
        rows = Client.objects.select_related("tenant").only("slug", "department", "tenant__slug")
        found = {row.pk: Named(row.tenant.slug, row.slug, row.department) for row in rows}
        return cls(found)

    def of(self, client_id: int) -> Named:
        return self.clients.get(client_id) or Named("", str(client_id), "")

    def department(self, client_id: int) -> str:
        return self.of(client_id).department or NO_DEPARTMENT

    def client(self, client_id: int) -> str:
        named = self.of(client_id)
        return f"{named.tenant}/{named.client}" if named.tenant else named.client
