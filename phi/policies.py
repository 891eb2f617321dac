"""The PHI policies admins published, as one immutable object."""

from phi.models import Policy
from phi.types import PhiConfiguration, PhiPolicy

# What protects while no default row exists: everything is tokenized, nothing is allowed.
STRICTEST = PhiPolicy(slug="built-in", version=1)


def load() -> PhiConfiguration:
    """Return all active policies. Reads the database: call it on a database thread."""
    default = STRICTEST
    by_tenant: dict[str, PhiPolicy] = {}
    by_task_type: dict[tuple[str, str], PhiPolicy] = {}
    for row in Policy.objects.filter(is_active=True):
        policy = _policy(row)
        if row.task_type:
            by_task_type[row.tenant, row.task_type] = policy
        elif row.tenant:
            by_tenant[row.tenant] = policy
        else:
            default = policy
    return PhiConfiguration(default=default, by_tenant=by_tenant, by_task_type=by_task_type)


def _policy(row: Policy) -> PhiPolicy:
    return PhiPolicy(
        slug=row.slug,
        version=row.version,
        mode=row.mode,
        allowed_categories=frozenset(row.allowed_categories),
        allows_images=row.allows_images,
        allows_documents=row.allows_documents,
        denies_on_doubt=row.denies_on_doubt,
        on_finding=row.on_finding,
        pms_failure=row.pms_failure,
        allow_list=frozenset(word.lower() for word in row.allow_list),
    )
