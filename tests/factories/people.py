"""People who sign in."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import Group, User

PASSWORD = "a password for tests only"


class QuickHasher(PBKDF2PasswordHasher):
    """The usual one, without the third of a second that it takes by design."""

    iterations = 1


def make_admin(name: str = "ada") -> User:
    """Return a superuser."""
    return User.objects.create_superuser(name, password=PASSWORD)


def make_member(group: str, name: str = "") -> User:
    """Return a person of one of the starter groups who may sign in to the admin."""
    user = User.objects.create_user(name or f"a-{group}", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user
