"""The Celery application: background work over Redis, with beat for what recurs."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "routerproject.settings")

app = Celery("routerproject")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="worker_tasks")
