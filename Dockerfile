# The gateway without engines: PostgreSQL and Redis come from outside (compose.yaml shows how).
# Two web workers and one Celery worker fit into 2 CPUs and 2 GB.
FROM python:3.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/router
COPY requirements.txt /tmp/requirements.txt
RUN /opt/router/bin/pip install --require-hashes -r /tmp/requirements.txt


FROM python:3.12-slim-bookworm

RUN groupadd --system --gid 10001 router \
    && useradd --system --uid 10001 --gid router --home-dir /data --shell /usr/sbin/nologin router \
    && install -d -o router -g router -m 0700 /data
COPY --from=build /opt/router /opt/router
WORKDIR /app
COPY manage.py pyproject.toml ./
COPY routerproject routerproject
COPY routing routing
COPY usage usage
COPY phi phi
COPY templates templates
COPY static static
# The user below may write nothing here, so without this each process compiles at each start.
RUN /opt/router/bin/python -m compileall -q routerproject routing usage phi

ENV PATH=/opt/router/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DEBUG=False \
    DATA_DIR=/data \
    PORT=8000
USER router
VOLUME /data
EXPOSE 8000
# Asked under a name that ALLOWED_HOSTS admits.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; host = os.environ['ALLOWED_HOSTS'].split(',')[0].lstrip('.'); c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=2); c.request('GET', '/healthz', headers={'Host': host}); sys.exit(c.getresponse().status != 200)"]

# `exec`, so that SIGTERM reaches the server and answers in flight are finished.
CMD ["sh", "-c", "exec python -m routerproject.serve --host 0.0.0.0 --port \"$PORT\" --workers \"${WEB_WORKERS:-2}\" --grace-seconds \"${SHUTDOWN_GRACE_SECONDS:-60}\" --keep-alive-seconds \"${KEEP_ALIVE_SECONDS:-75}\""]
