"""All settings, read from the environment (and `.env`, where there is one). docs/settings.md lists them."""

from pathlib import Path
from typing import Any

from qfa_project import local_secret
from qfa_project.environment import Environment
from qfa_project.postgres import embedded

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent
env.read_env(BASE_DIR / ".env")

# The process

DEBUG = env.bool("DEBUG", default=False)
QFA_HOME = Path(env.str("QFA_HOME", default=str(BASE_DIR / ".qfa"))).resolve()
USES_LOCAL_SECRET = not env.str("SECRET_KEY", default="")
SECRET_KEY = local_secret.read_or_create(QFA_HOME) if USES_LOCAL_SECRET else env.str("SECRET_KEY")
STORAGE_MASTER_KEY = env.str("STORAGE_MASTER_KEY", default="")
STORAGE_MASTER_KEY_PREVIOUS = env.str("STORAGE_MASTER_KEY_PREVIOUS", default="")
STORAGE_MASTER_KEY_COMMAND = env.str("STORAGE_MASTER_KEY_COMMAND", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_HTTPS = env.bool("BEHIND_HTTPS", default=False)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

ROOT_URLCONF = "qfa_project.urls"
WSGI_APPLICATION = "qfa_project.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False  # both forms are routed, because a redirect would lose the body of a POST

INSTALLED_APPS = [
    "qfa_project.apps.QfaAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "tenants",
    "usage",
    "inference",
    "feedback",
    "coding",
    "mlops",
]

MIDDLEWARE = [
    "qfa_project.middleware.RequestBoundaryMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tenants.pages.middleware.PageScopeMiddleware",
]

TEMPLATES = [
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

# The database: two roles, see docs/operations.md

USES_EMBEDDED_POSTGRES = not env.str("DATABASE_URL", default="")
_embedded = embedded.urls(QFA_HOME)
DATABASE_URL = env.str("DATABASE_URL", default="") or _embedded.app_url
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="") or (
    _embedded.owner_url if USES_EMBEDDED_POSTGRES else DATABASE_URL
)
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=20)


def _database(url: str) -> dict[str, Any]:
    config: dict[str, Any] = dict(env.db_url_config(url))
    return config | {"ENGINE": "tenants.postgresql", "CONN_MAX_AGE": 0}


DATABASES = {"default": _database(DATABASE_URL)}
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": DATABASE_POOL_SIZE,
    "timeout": 10,
}

# People and pages

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["tenants.roles.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
SECURE_SSL_REDIRECT = False  # the proxy redirects; health probes arrive without TLS
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # asks for the redirect
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "qfa_project.formats"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(QFA_HOME / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # `make serve` works without collectstatic; the container collects

# The REST API

MAX_BODY_BYTES = 20 * 1024 * 1024
# Paths, without a last slash, that take larger bodies.
LARGER_BODIES = {
    "/v1/batches": 100 * 1024 * 1024,
    "/feedback/imports/new": 101 * 1024 * 1024,
    "/v1/records/import": 101 * 1024 * 1024,  # a file of 100 MiB in a form
}
DATA_UPLOAD_MAX_MEMORY_SIZE = max(LARGER_BODIES.values()) + 1024  # qfa_project/web/request_bodies.py limits each path
LARGE_BODIES_MEGABYTES = env.int("LARGE_BODIES_MEGABYTES", default=32)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.rest.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["tenants.rest.parsers.TolerantJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "tenants.rest.negotiation.JSONOnly",
    "DEFAULT_SCHEMA_CLASS": "tenants.rest.schema.ContractSchema",
    "EXCEPTION_HANDLER": "qfa_project.exceptions.answer_error",
    "UNAUTHENTICATED_USER": None,
}
ERROR_TABLE = "qfa_project.exceptions.problem_of"  # rooms below name errors of single records by it
IDEMPOTENCY_HOURS = 24

# Models

LLM_MODEL = env.str("LLM_MODEL", default="offline/extractive")
LLM_API_BASE = env.str("LLM_API_BASE", default="")
LLM_API_KEY = env.str("LLM_API_KEY", default="")
LLM_API_VERSION = env.str("LLM_API_VERSION", default="")
JUDGE_LLM_MODEL = env.str("JUDGE_LLM_MODEL", default="")
JUDGE_LLM_API_BASE = env.str("JUDGE_LLM_API_BASE", default="")
JUDGE_LLM_API_KEY = env.str("JUDGE_LLM_API_KEY", default="")
JUDGE_LLM_API_VERSION = env.str("JUDGE_LLM_API_VERSION", default="")
EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="")
EMBEDDING_API_BASE = env.str("EMBEDDING_API_BASE", default="")
EMBEDDING_API_KEY = env.str("EMBEDDING_API_KEY", default="")
EMBEDDING_API_VERSION = env.str("EMBEDDING_API_VERSION", default="")
LLM_TRANSPORT = env.str("LLM_TRANSPORT", default="auto")
LLM_TIMEOUT_SECONDS = env.float("LLM_TIMEOUT_SECONDS", default=115.0)
LLM_MAX_TOTAL_TOKENS = env.int("LLM_MAX_TOTAL_TOKENS", default=100_000)
LLM_MAX_OUTPUT_TOKENS = env.int("LLM_MAX_OUTPUT_TOKENS", default=4_096)
LLM_CHARS_PER_TOKEN = env.int("LLM_CHARS_PER_TOKEN", default=4)
LLM_LONGEST_RETRY_WAIT_SECONDS = env.float("LLM_LONGEST_RETRY_WAIT_SECONDS", default=10.0)
OPERATION_DEADLINE_SECONDS = env.float("OPERATION_DEADLINE_SECONDS", default=120.0)
ANALYZE_DEADLINE_SECONDS = env.float("ANALYZE_DEADLINE_SECONDS", default=600.0)
ANALYZE_DEFAULT_PERIOD = env.str("ANALYZE_DEFAULT_PERIOD", default="week")
CODING_TOKENS_PER_CODE = env.int("CODING_TOKENS_PER_CODE", default=20)
FAN_OUT_THREADS = env.int("FAN_OUT_THREADS", default=8)
MAX_IN_FLIGHT_CALLS = env.int("MAX_IN_FLIGHT_CALLS", default=80)
WEB_THREADS = env.int("WEB_THREADS", default=100)
ORCHESTRATOR_METADATA_FIELDS = env.dict("ORCHESTRATOR_METADATA_FIELDS", default={})

# Batches

BATCH_THREADS = env.int("BATCH_THREADS", default=50)
BATCH_RESULT_DAYS = env.int("BATCH_RESULT_DAYS", default=7)

# Notices about budgets

SENDS_MAIL = bool(env.str("EMAIL_URL", default=""))
vars().update(env.email_url("EMAIL_URL", default="dummymail://"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="feedback@localhost")
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])
if env.bool("WEBHOOK_ALLOW_PRIVATE", default=False):
    WEBHOOK_ALLOWED_NETWORKS += ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7"]

# OpenTelemetry; its exporters read their other variables, OTEL_..., themselves

OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
OTEL_SERVICE_NAME = env.str("OTEL_SERVICE_NAME", default="community-feedback")

# Redaction

REDACTION_NER_MODELS = env.json("REDACTION_NER_MODELS", default={})

# Jobs, documentation, logs

PROCRASTINATE_ON_APP_READY = None
SPECTACULAR_SETTINGS = {
    "ENUM_NAME_OVERRIDES": {
        "BatchStatus": "feedback.batches.models.BatchStatus",
        "BatchRecordStatus": "feedback.batches.models.ItemStatus",
        "ImportStatus": "feedback.imports.models.ImportStatus",
        "StatusEnum": "coding.models.VersionStatus",
    },
    "TITLE": "Feedback analysis platform",
    "DESCRIPTION": "Redact, summarise, analyse, code and flag community feedback. Contract versions v1 and v2.",
    "VERSION": "2.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tenants.rest.schema.without_trailing_slashes",
    ],
    "GET_LIB_DOC_EXCLUDES": "tenants.rest.schema.classes_without_description",
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {
        # Their messages may quote prompts, answers, provider texts or request lines.
        "LiteLLM": {"level": "CRITICAL", "propagate": False},
        "httpx": {"level": "WARNING"},
        "openai": {"level": "CRITICAL", "propagate": False},
        "presidio-analyzer": {"level": "ERROR"},
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "CRITICAL"},
    },
}
