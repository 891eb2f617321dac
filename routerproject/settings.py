"""Every setting of the site. The scheme at the top lists each variable with type and default.

What an admin should tune lives in a table, not here. Secrets may come from files (`X_FILE`).
"""

import base64
import os
import re
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

from routerproject.unfold import UNFOLD  # noqa: F401 (a setting of its own)

KEY_BYTES = 32
BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv(
    DEBUG=(bool, True),
    DATA_DIR=(str, str(BASE_DIR / "var")),
    SECRET_KEY=(str, ""),
    KEY_ENCRYPTION_KEY=(str, ""),  # 32 bytes, base64: wraps case keys, stored answers, caches
    PREVIOUS_KEY_ENCRYPTION_KEYS=(list, []),  # older ones, that still open what they sealed
    HASHING_KEY=(str, ""),  # 32 bytes, base64; empty: KEY_ENCRYPTION_KEY
    AUDIT_SIGNING_KEY=(str, ""),  # 32 bytes, base64: Ed25519 seed that signs audit heads
    AUDIT_SINK=(str, ""),  # file that signed audit heads are appended to
    DATABASE_URL=(str, ""),
    DATABASE_POOL_SIZE=(int, 6),  # connections and database threads of one process
    STATEMENT_TIMEOUT_MS=(int, 10_000),
    LOCK_TIMEOUT_MS=(int, 2_000),
    ENGINE_PATIENCE=(int, 1),  # times the usual waits for the database and the PHI engine
    REDIS_URL=(str, ""),
    REDIS_TIMEOUT_MS=(int, 50),
    ALLOWED_HOSTS=(list, ["127.0.0.1", "localhost", "[::1]"]),
    CSRF_TRUSTED_ORIGINS=(list, []),
    PORT=(int, 8000),
    WEB_ROLE=(str, "all"),  # gateway | pages | all
    WEB_WORKERS=(int, 2),  # web processes that share rate limits
    REQUEST_DEADLINE_MS=(int, 60_000),
    MAX_REQUEST_DEADLINE_MS=(int, 600_000),
    STREAM_DEADLINE_MS=(int, 600_000),
    STREAM_SILENCE_MS=(int, 60_000),
    MAX_BODY_BYTES=(int, 4_000_000),
    MAX_JSON_DEPTH=(int, 64),
    BODY_READ_TIMEOUT_MS=(int, 10_000),
    RESPONSE_READ_TIMEOUT_MS=(int, 120_000),
    RETRY_RESERVE=(int, 10),  # further calls a process may make before a tenth of requests counts
    PHI_POLICY_NEEDS_APPROVAL=(bool, False),
    WAITING_ROOM_SIZE=(int, 64),  # requests that wait for one full deployment, per process
    MAX_OPEN_REQUESTS=(int, 1_000),  # requests a process answers at once; more get 503
    SNAPSHOT_STALE_AFTER_MS=(int, 2_000),
    SWEEP_GRACE_SECONDS=(int, 60),
    SANDBOX_URL=(str, ""),
    ANTHROPIC_API_KEY=(str, ""),
    ANTHROPIC_BASE_URL=(str, ""),
    ANTHROPIC_BETAS=(  # values of anthropic-beta that pass; why these: docs/settings.md
        list,
        [
            *("interleaved-thinking-2025-05-14", "token-efficient-tools-2025-02-19"),
            *("model-context-window-exceeded-2025-08-26", "structured-outputs-2025-11-13"),
            *("prompt-caching-2024-07-31", "extended-cache-ttl-2025-04-11"),
            *("pdfs-2024-09-25", "token-counting-2024-11-01"),
        ],
    ),
    BEDROCK_BETAS=(list, []),  # other clouds refuse what they, or one model there, do not take
    VERTEX_BETAS=(list, []),
    OPENAI_API_KEY=(str, ""),
    OPENAI_BASE_URL=(str, ""),
    MISTRAL_API_KEY=(str, ""),
    MISTRAL_BASE_URL=(str, ""),
    ON_PREMISE_API_KEY=(str, ""),
    ON_PREMISE_BASE_URL=(str, ""),
    REFERENCE_ENVIRONMENT=(  # variables that references in the catalog may name
        list,
        [
            *("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"),
            *("GEMINI_API_KEY", "MISTRAL_API_KEY", "MISTRAL_BASE_URL"),
            *("ON_PREMISE_API_KEY", "ON_PREMISE_BASE_URL", "BEDROCK_CREDENTIAL"),
            *("BEDROCK_BASE_URL", "VERTEX_ACCESS_TOKEN", "VERTEX_BASE_URL"),
            *("ALERT_WEBHOOK_URL", "ALERT_WEBHOOK_SECRET"),
        ],
    ),
    REFERENCE_FOLDER=(str, "/run/secrets"),  # files that references in the catalog may name
    REFERENCE_SECRETS=(  # how the secrets begin that references in the catalog may name
        list,
        ["vault:secret/data/router/", "aws-sm:router/"],
    ),
    VAULT_ADDR=(str, ""),
    VAULT_TOKEN=(str, ""),
    VAULT_NAMESPACE=(str, ""),
    AWS_SECRETS_CREDENTIAL=(str, ""),  # JSON, as shared/aws_signature.py reads it
    AWS_SECRETS_URL=(str, ""),
    SECRET_REFRESH_SECONDS=(int, 300),
    PMS_BASE_URL=(str, ""),  # patient records API; the sandbox has one
    PMS_API_KEY=(str, ""),
    PMS_TENANTS=(list, []),  # slugs of the clinics whose patients it knows
    PMS_NETWORKS=(list, []),  # networks its address may lie in; empty: any
    PMS_TIMEOUT_MS=(int, 2_000),
    PMS_RECORD_SECONDS=(int, 60),
    PMS_REFRESH_SECONDS=(int, 300),  # of the index of all patients
    KEEP_ROLLUPS_MONTHS=(int, 84),  # hourly sums of requests; the requests themselves stay
    ANSWER_CACHE_MB=(int, 64),  # kept answers of one tenant in Redis; 0 keeps none
    EMAIL_HOST=(str, ""),  # mail server for alerts; empty: no mail is sent
    EMAIL_PORT=(int, 587),
    EMAIL_HOST_USER=(str, ""),
    EMAIL_HOST_PASSWORD=(str, ""),
    EMAIL_USE_TLS=(bool, True),
    EMAIL_USE_SSL=(bool, False),
    ALERT_EMAIL_FROM=(str, "router@localhost"),
    ALERT_WEBHOOK_URL=(str, ""),
    ALERT_WEBHOOK_SECRET=(str, ""),
    ALERT_WEBHOOK_ORIGINS=(list, []),  # https://host:port that webhooks may lead to
    ALERT_WEBHOOK_NETWORKS=(list, []),  # networks their addresses may lie in; empty: any
    SIGN_IN_IDLE_MINUTES=(int, 15),  # without a page, after which one has to sign in again
    LOG_LEVEL=(str, "INFO"),
)

DATA_DIR = Path(env("DATA_DIR")).resolve()
ENGINES_FILE = DATA_DIR / "engines.env"
if not env("DATABASE_URL") and env("DEBUG") and ENGINES_FILE.exists():
    # `make run` writes where its engines listen, so that manage.py beside it finds them.
    environ.Env.read_env(ENGINES_FILE)


def _secret(name: str) -> str:
    """Return a secret; production has none by default and fails loudly at start."""
    value: str = env(name).strip()
    if not value:
        raise ImproperlyConfigured(f"{name} (or {name}_FILE) must be set.")
    return value


def _key(name: str) -> str:
    """Return a secret of 32 bytes in base64; one that is none must not be found out later."""
    return _sound_key(_secret(name), name)


def _sound_key(value: str, name: str) -> str:
    try:
        is_sound = len(base64.b64decode(value, validate=True)) == KEY_BYTES
    except ValueError:
        is_sound = False
    if not is_sound:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64.")
    return value


DEBUG = env("DEBUG")
if not env("DATABASE_URL") or not env("REDIS_URL"):
    raise ImproperlyConfigured(
        "DATABASE_URL and REDIS_URL must be set; `make run` starts embedded engines for a trial."
        if DEBUG
        else "DEBUG=False needs DATABASE_URL and REDIS_URL of real servers; embedded engines are "
        "for trials only."
    )
SECRET_KEY = _secret("SECRET_KEY")
KEY_ENCRYPTION_KEY = _key("KEY_ENCRYPTION_KEY")
PREVIOUS_KEY_ENCRYPTION_KEYS = [
    _sound_key(each.strip(), "Each of PREVIOUS_KEY_ENCRYPTION_KEYS")
    for each in env("PREVIOUS_KEY_ENCRYPTION_KEYS")
]
HASHING_KEY = _key("HASHING_KEY") if env("HASHING_KEY") else ""
AUDIT_SIGNING_KEY = _key("AUDIT_SIGNING_KEY")
AUDIT_SINK = Path(env("AUDIT_SINK") or DATA_DIR / "audit-heads.jsonl")

# -- requests -----------------------------------------------------------------------------------
PORT = env("PORT")
WEB_ROLE = env("WEB_ROLE")
if WEB_ROLE not in ("gateway", "pages", "all"):
    raise ImproperlyConfigured("WEB_ROLE must be gateway, pages or all.")
WEB_WORKERS = max(1, env("WEB_WORKERS"))
REQUEST_DEADLINE_MS = env("REQUEST_DEADLINE_MS")
MAX_REQUEST_DEADLINE_MS = env("MAX_REQUEST_DEADLINE_MS")
STREAM_DEADLINE_MS = env("STREAM_DEADLINE_MS")
STREAM_SILENCE_MS = env("STREAM_SILENCE_MS")
MAX_BODY_BYTES = env("MAX_BODY_BYTES")
MAX_JSON_DEPTH = env("MAX_JSON_DEPTH")
BODY_READ_TIMEOUT_MS = env("BODY_READ_TIMEOUT_MS")
RESPONSE_READ_TIMEOUT_MS = max(1, env("RESPONSE_READ_TIMEOUT_MS"))  # 0 would mean for ever
RETRY_RESERVE = max(1, env("RETRY_RESERVE"))
PHI_POLICY_NEEDS_APPROVAL = env("PHI_POLICY_NEEDS_APPROVAL")
WAITING_ROOM_SIZE = max(0, env("WAITING_ROOM_SIZE"))
MAX_OPEN_REQUESTS = max(1, env("MAX_OPEN_REQUESTS"))
SNAPSHOT_STALE_AFTER_MS = env("SNAPSHOT_STALE_AFTER_MS")
SWEEP_GRACE_SECONDS = env("SWEEP_GRACE_SECONDS")
KEEP_ROLLUPS_MONTHS = max(1, env("KEEP_ROLLUPS_MONTHS"))
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES

# -- provider -----------------------------------------------------------------------------------
ANTHROPIC_API_KEY = env("ANTHROPIC_API_KEY").strip()
SANDBOX_URL = env("SANDBOX_URL")
USES_SANDBOX = DEBUG and not ANTHROPIC_API_KEY
ANTHROPIC_BASE_URL = env("ANTHROPIC_BASE_URL") or (
    SANDBOX_URL if USES_SANDBOX else "https://api.anthropic.com"
)
# Where references to other providers lead: the variable's address, else the sandbox as long as
# there is no key either, else the vendor.
_SANDBOX = f"{SANDBOX_URL}/openai/v1" if USES_SANDBOX and SANDBOX_URL else ""
OPENAI_API_KEY = env("OPENAI_API_KEY").strip()
OPENAI_BASE_URL = (
    env("OPENAI_BASE_URL") or ("" if OPENAI_API_KEY else _SANDBOX) or "https://api.openai.com/v1"
)
MISTRAL_API_KEY = env("MISTRAL_API_KEY").strip()
MISTRAL_BASE_URL = (
    env("MISTRAL_BASE_URL") or ("" if MISTRAL_API_KEY else _SANDBOX) or "https://api.mistral.ai/v1"
)
ON_PREMISE_API_KEY = env("ON_PREMISE_API_KEY").strip()
ON_PREMISE_BASE_URL = env("ON_PREMISE_BASE_URL") or _SANDBOX
for _name in ("ANTHROPIC_BETAS", "BEDROCK_BETAS", "VERTEX_BETAS"):
    if not all(re.fullmatch(r"[a-z0-9-]{1,64}", each) for each in env(_name)):
        raise ImproperlyConfigured(f"{_name} holds words of small letters, digits and hyphens.")
ANTHROPIC_BETAS = frozenset(env("ANTHROPIC_BETAS"))
BEDROCK_BETAS = frozenset(env("BEDROCK_BETAS"))
VERTEX_BETAS = frozenset(env("VERTEX_BETAS"))
REFERENCE_ENVIRONMENT = frozenset(env("REFERENCE_ENVIRONMENT"))
REFERENCE_FOLDER = Path(env("REFERENCE_FOLDER"))
# What the site keeps for itself may lie in that folder too, as it does in compose.yaml.
OWN_FILES = frozenset(
    Path(os.environ[f"{name}_FILE"])
    for name in env.scheme
    if os.environ.get(f"{name}_FILE") and name not in REFERENCE_ENVIRONMENT
)
_OWN = {"SECRET_KEY", "KEY_ENCRYPTION_KEY", "PREVIOUS_KEY_ENCRYPTION_KEYS", "HASHING_KEY"}
_OWN |= {"AUDIT_SIGNING_KEY", "DATABASE_URL", "REDIS_URL", "VAULT_TOKEN", "AWS_SECRETS_CREDENTIAL"}
if _shown := sorted(_OWN & REFERENCE_ENVIRONMENT):
    raise ImproperlyConfigured(f"REFERENCE_ENVIRONMENT must not list {', '.join(_shown)}.")
REFERENCE_SECRETS = tuple(each for each in env("REFERENCE_SECRETS") if each)
VAULT_ADDR, VAULT_TOKEN = env("VAULT_ADDR").strip(), env("VAULT_TOKEN").strip()
VAULT_NAMESPACE = env("VAULT_NAMESPACE")
AWS_SECRETS_CREDENTIAL = env("AWS_SECRETS_CREDENTIAL").strip()
AWS_SECRETS_URL = env("AWS_SECRETS_URL").strip()
SECRET_REFRESH_SECONDS = max(10, env("SECRET_REFRESH_SECONDS"))
for _name, _url in (("VAULT_ADDR", VAULT_ADDR), ("AWS_SECRETS_URL", AWS_SECRETS_URL)):
    if _url and not DEBUG and not _url.startswith("https://"):
        raise ImproperlyConfigured(f"{_name} must begin with https.")
_KEYS = (ANTHROPIC_API_KEY, OPENAI_API_KEY, MISTRAL_API_KEY, ON_PREMISE_BASE_URL)
if not DEBUG and not any((*_KEYS, VAULT_ADDR, AWS_SECRETS_CREDENTIAL)):
    raise ImproperlyConfigured(
        "DEBUG=False needs ANTHROPIC_API_KEY (or ANTHROPIC_API_KEY_FILE), or another provider, or"
        " where keys are kept: VAULT_ADDR or AWS_SECRETS_CREDENTIAL."
    )

# -- patient records ----------------------------------------------------------------------------
PMS_API_KEY = env("PMS_API_KEY").strip()
PMS_TENANTS = frozenset(env("PMS_TENANTS"))
PMS_NETWORKS = env("PMS_NETWORKS")
PMS_TIMEOUT_MS = env("PMS_TIMEOUT_MS")
PMS_RECORD_SECONDS = env("PMS_RECORD_SECONDS")
PMS_REFRESH_SECONDS = max(1, env("PMS_REFRESH_SECONDS"))
PMS_BASE_URL = env("PMS_BASE_URL").strip()
if PMS_BASE_URL and not PMS_TENANTS:
    raise ImproperlyConfigured("PMS_BASE_URL needs PMS_TENANTS: whose patients are these?")
if PMS_BASE_URL and not DEBUG and not PMS_BASE_URL.startswith("https://"):
    raise ImproperlyConfigured("PMS_BASE_URL must begin with https.")
if not PMS_BASE_URL and USES_SANDBOX and SANDBOX_URL:
    # The simulated provider comes with invented patients, for the demonstration clinic.
    PMS_BASE_URL, PMS_API_KEY = f"{SANDBOX_URL}/pms", "sandbox"
    PMS_TENANTS = PMS_TENANTS or frozenset({"demo"})

# -- reports ------------------------------------------------------------------------------------
# What is said of answers beside what they cost; by name, since its app stands above the ledger's.
UNDER_ROUTING = "routing.quality.judgements.under_routing"

# -- alerts -------------------------------------------------------------------------------------
EMAIL_HOST, EMAIL_PORT = env("EMAIL_HOST"), env("EMAIL_PORT")
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env("EMAIL_HOST_USER"), env("EMAIL_HOST_PASSWORD").strip()
EMAIL_USE_SSL = env("EMAIL_USE_SSL")
EMAIL_USE_TLS = env("EMAIL_USE_TLS") and not EMAIL_USE_SSL
EMAIL_TIMEOUT = 5  # seconds
ALERT_EMAIL_FROM = env("ALERT_EMAIL_FROM")
ALERT_WEBHOOK_URL = env("ALERT_WEBHOOK_URL").strip()
ALERT_WEBHOOK_SECRET = env("ALERT_WEBHOOK_SECRET").strip()
ALERT_WEBHOOK_ORIGINS = env("ALERT_WEBHOOK_ORIGINS")
ALERT_WEBHOOK_NETWORKS = env("ALERT_WEBHOOK_NETWORKS")

# -- site ---------------------------------------------------------------------------------------
ALLOWED_HOSTS = env("ALLOWED_HOSTS")
if DEBUG and (_strange := set(ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]"}):
    # Pages of errors would show what was in memory, and cookies would go out unprotected.
    raise ImproperlyConfigured(
        f"DEBUG=True is for a trial on one machine: set DEBUG=False to answer to"
        f" {', '.join(sorted(_strange))} (ALLOWED_HOSTS)."
    )
CSRF_TRUSTED_ORIGINS = env("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "routerproject.urls"
ASGI_APPLICATION = "routerproject.asgi.application"
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "pgtrigger",
    "pghistory",
    "usage",
    "phi",
    "routing",
]
MIDDLEWARE = [
    "routing.api.middleware.ApiErrors",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "routerproject.shared.sign_out.IdleSignOut",
    "pghistory.middleware.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "usage:dashboard"

# -- database -----------------------------------------------------------------------------------
DATABASE_URL = env("DATABASE_URL")
DATABASE_POOL_SIZE = env("DATABASE_POOL_SIZE")
STATEMENT_TIMEOUT_MS = env("STATEMENT_TIMEOUT_MS")
LOCK_TIMEOUT_MS = env("LOCK_TIMEOUT_MS")
ENGINE_PATIENCE = max(1, env("ENGINE_PATIENCE"))
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "connect_timeout": 3 * ENGINE_PATIENCE,
        "options": (
            f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
            # Compiling a sum over a month takes longer than the sum.
            " -c idle_in_transaction_session_timeout=15000 -c jit=off"
        ),
        "pool": {
            "min_size": 0,
            "max_size": DATABASE_POOL_SIZE + 4,
            "timeout": 3 * ENGINE_PATIENCE,
            # It tries again after 1, 3 and 5 seconds. By default it goes on and doubles its pauses,
            # so that after an outage of minutes it is away as long; with less it gives up before a
            # database that is away for a second is back, and who waits for it waits in vain.
            "reconnect_timeout": 5,
        },
    }
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who edited what stays as it was written, as far as triggers can see to it.
PGHISTORY_APPEND_ONLY = True

# -- Redis and Celery ---------------------------------------------------------------------------
REDIS_URL = env("REDIS_URL")
REDIS_TIMEOUT_MS = env("REDIS_TIMEOUT_MS")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            # Never pickle: a planted value would run as code.
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "SOCKET_TIMEOUT": REDIS_TIMEOUT_MS / 1000,
            "SOCKET_CONNECT_TIMEOUT": REDIS_TIMEOUT_MS / 1000,
            "IGNORE_EXCEPTIONS": True,
        },
    }
}
ANSWER_CACHE_BYTES = max(0, env("ANSWER_CACHE_MB")) * 1_000_000
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # who reaches Redis must not command workers
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "routerproject.beat:SteadyScheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep abandoned attempts": {"task": "usage.tasks.sweep_attempts", "schedule": 5.0},
    "note passed thresholds": {"task": "usage.tasks.note_crossings", "schedule": 15.0},
    "roll up hours": {"task": "usage.tasks.keep_rollups", "schedule": 60.0},
    "forget old roll-ups": {"task": "usage.tasks.forget_rollups", "schedule": 86_400.0},
    "watch for alerts": {"task": "usage.tasks.watch_for_alerts", "schedule": 60.0},
    "deliver alerts": {"task": "usage.tasks.deliver_alerts", "schedule": 15.0},
    "sign audit heads": {"task": "usage.tasks.sign_audit_heads", "schedule": 10.0},
    "make coming partitions": {"task": "usage.tasks.make_partitions", "schedule": 3600.0},
    "reconcile with the sandbox": {"task": "routing.tasks.reconcile_sandbox", "schedule": 30.0},
    "watch models": {"task": "routing.tasks.watch_models", "schedule": 21_600.0},
    "compare models": {"task": "routing.worker_tasks.compare_models", "schedule": 21_600.0},
    "watch drift": {"task": "routing.tasks.watch_drift", "schedule": 86_400.0},
    "draw reviews": {"task": "routing.tasks.draw_reviews", "schedule": 600.0},
    "learn from labels": {"task": "routing.tasks.retrain_classifier", "schedule": 86_400.0},
    "forget texts for review": {"task": "phi.tasks.forget_review_texts", "schedule": 900.0},
    "forget expired files": {"task": "usage.worker_tasks.forget_exports", "schedule": 600.0},
    "forget tries to sign in": {"task": "usage.tasks.forget_sign_in_tries", "schedule": 3600.0},
    "forget expired claims": {"task": "usage.tasks.forget_expired_claims", "schedule": 600.0},
}

# -- sign-in ------------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        # What NIST asks where nothing but a password is asked (SP 800-63B-4, 3.1.1.2).
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # of every session, however much it is used
SIGN_IN_IDLE_MINUTES = max(1, env("SIGN_IN_IDLE_MINUTES"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_HTTPONLY = True

# -- headers ------------------------------------------------------------------------------------
# Strict everywhere; only the admin gets what Unfold needs (routerproject.urls scopes it).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb")
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_SSL_REDIRECT = False  # the gateway sits behind the clinic's TLS terminator
X_FRAME_OPTIONS = "DENY"

# -- static files -------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG  # else each site that is made in a test would list all files

# -- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],  # keys are looked up by routing.api.async_view
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["routing.api.rendering.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["routing.api.parsing.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "routing.api.schema.EndpointSchema",
    "EXCEPTION_HANDLER": "routing.api.problems.render_exception",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Clinic model router",
    "DESCRIPTION": "One call that returns the answer, its cost and the reason for the model.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

# -- language, time, logs -----------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LOG_LEVEL = env("LOG_LEVEL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "routerproject.shared.log_records.WithoutValues",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "filters": {"no_addresses": {"()": "routerproject.shared.log_records.WithoutAddresses"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["no_addresses"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},  # not to its own console too
        # Provider clients may quote bodies at these levels; their words never reach our logs.
        "anthropic": {"level": "CRITICAL", "propagate": False},
        "httpx2": {"level": "CRITICAL", "propagate": False},
        "httpcore2": {"level": "CRITICAL", "propagate": False},
        "aiohttp": {"level": "CRITICAL", "propagate": False},
    },
}
