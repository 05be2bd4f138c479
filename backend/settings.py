"""Every setting, from the environment alone. What is unsafe or missing stops the start.

``./between up`` sets these variables for a demo; docs/operations.md lists them for a clinic.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from backend.settings_checks import (
    WEB_PUSH_SERVICES,
    Environment,
    default_public_url,
    mail_settings,
    parse_trusted_proxies,
    setting_error,
    validate_consent_texts,
    validate_delivery_settings,
    validate_security_settings,
    validate_web_push_settings,
)

env = Environment()
ROOT = Path(__file__).resolve().parent.parent


def _secret(name: str) -> str:
    """Read a secret from NAME, or from the file that NAME_FILE names."""
    path = env.str(f"{name}_FILE", default="")
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else env.str(name, default="")
    except (OSError, ValueError):
        raise setting_error(f"{name}_FILE", "names no file that can be read") from None


DEMO = env.bool("BETWEEN_DEMO", default=False)
DEBUG = env.bool("BETWEEN_DEBUG", default=False)
DATA = Path(env.str("BETWEEN_DATA", default=str(ROOT / "data")))
SECRET_KEY = _secret("BETWEEN_SECRET_KEY")
#: ``id:base64`` of 32 bytes, comma-separated; the first signs or wraps, all still verify or open.
TOKEN_KEYS = _secret("BETWEEN_TOKEN_KEYS")
MASTER_KEYS = _secret("BETWEEN_MASTER_KEYS")
DEMO_PASSWORD = env.str("BETWEEN_DEMO_PASSWORD", default="")
ALLOWED_HOSTS = env.names("BETWEEN_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.names("BETWEEN_TRUSTED_ORIGINS")
SECURE_COOKIES = env.bool("BETWEEN_SECURE_COOKIES", default=not DEMO)

validate_security_settings(
    demo=DEMO,
    debug=DEBUG,
    secrets={
        "BETWEEN_SECRET_KEY": SECRET_KEY,
        "BETWEEN_TOKEN_KEYS": TOKEN_KEYS,
        "BETWEEN_MASTER_KEYS": MASTER_KEYS,
    },
    hosts=ALLOWED_HOSTS,
    origins=CSRF_TRUSTED_ORIGINS,
    secure_cookies=SECURE_COOKIES,
    second_factor=env.bool("BETWEEN_SECOND_FACTOR", default=not DEMO),
)

# --- Rooms -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "web",  # before the admin, whose frame it changes
    "django.contrib.admin.apps.SimpleAdminConfig",  # the site is ours: web/admin/site.py
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",  # its file of htmx, served as ours
    "backend",
    "care",
    "journaling",
    "notifications",
    "api",
]
AUTH_USER_MODEL = "care.User"
ROOT_URLCONF = "backend.urls"
WSGI_APPLICATION = "backend.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "backend.middleware.allow_probe_hosts",
    "backend.middleware.assign_request_id",
    "backend.middleware.set_client_address",
    "backend.middleware.reset_actor_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backend.middleware.no_store",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "backend.middleware.reject_nul_in_forms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "web.admin.site.AdminAuthenticationMiddleware",
    "web.admin.site.AdminMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "web.error_pages.method_not_allowed_page",
    "api.http.idempotency.idempotency_middleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                # Both are silent outside the administrator's site.
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["web.templatetags.bidi"],
        },
    }
]

# --- Where data lies -------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("BETWEEN_DATABASE_URL", default=f"sqlite:///{DATA / 'between.sqlite3'}")
}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["ENGINE"] = "backend.kit.db.sqlite"
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        # Take the write lock at BEGIN: a lock taken later can fail without waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: an entry that was answered 201 survives a power cut.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;"
            "PRAGMA mmap_size=134217728; PRAGMA secure_delete=ON;"
        ),
    }
else:
    _database["ENGINE"] = "backend.kit.db.postgres"
    _database["ROLE_IS_CHECKED"] = not DEMO
    _database["CONN_MAX_AGE"] = 0  # the pool keeps them
    # What the address itself asks for stays: ``?sslmode=verify-full`` above all.
    _database["OPTIONS"] = _database.get("OPTIONS", {}) | {
        "pool": {
            "min_size": 1,
            "max_size": int(env.number("BETWEEN_POOL", default=8, least=1)),
            "timeout": 1.5,
        },
        # Measured: statements that the server keeps prepared make an entry a third faster.
        "server_side_binding": True,
        "prepare_threshold": 5,
        # Measured: compiling a caseload's statement took twelve times as long as answering it.
        "options": "-c statement_timeout=10000 -c idle_in_transaction_session_timeout=30000"
        " -c jit=off",
    }
    if env.bool("BETWEEN_PGBOUNCER", default=False):
        # One connection of ours meets another of the server at each transaction: nothing may be
        # kept there between two, and the role itself has the limits (docs/operations.md).
        _database["OPTIONS"] |= {"prepare_threshold": None}
        del _database["OPTIONS"]["options"]
        _database["DISABLE_SERVER_SIDE_CURSORS"] = True

#: Who owns the tables, for ``migrate``, backups and purges; never for serving. PostgreSQL only.
OWNER_DATABASE: dict[str, Any] = (
    env.db_url("BETWEEN_OWNER_DATABASE_URL") if env.str("BETWEEN_OWNER_DATABASE_URL", "") else {}
)

#: Where seals of the access log are noted outside the database; best on another disk.
AUDIT_ANCHORS = Path(env.str("BETWEEN_AUDIT_ANCHORS", default=str(DATA / "audit-anchors.txt")))

# --- Sign-in ---------------------------------------------------------------------------------
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
ACCESS_TOKEN_LIFETIME = timedelta(minutes=5)
REFRESH_GRACE = timedelta(seconds=30)
PATIENT_DEVICE_LIFETIME = timedelta(days=30)
STAFF_IDLE_LIMIT = timedelta(hours=1)
STAFF_SESSION_LIFETIME = timedelta(hours=24)
INVITATION_LIFETIME = timedelta(hours=72)
#: Staff see patients after a second factor only; the demo of made-up people may do without.
SECOND_FACTOR_REQUIRED = env.bool("BETWEEN_SECOND_FACTOR", default=not DEMO)
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
# The cookie only names the sign-in, whose row every page asks; so no second table can disagree.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "between_session"
SESSION_COOKIE_AGE = int(STAFF_SESSION_LIFETIME.total_seconds())
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/review/"
CSRF_FAILURE_VIEW = "web.error_pages.csrf_failed"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
LOGIN_URL = "/review/sign-in/"

# --- The edge --------------------------------------------------------------------------------
#: Networks of the proxies in front of us: what they say of the caller's address is believed.
TRUSTED_PROXIES = parse_trusted_proxies(env.names("BETWEEN_TRUSTED_PROXIES"))
SECURE_SSL_REDIRECT = not DEMO
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
#: The longest form notes who came to a group; no form of ours sends a file.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["backend.middleware.RejectUploads"]
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/api/v1/"],  # JSON loads nothing
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
STATIC_URL = "/static/"
# Pages and their style are served from where they lie: a new version needs no collecting step.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.http.authentication.SignInAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.http.permissions.Closed"],
    "DEFAULT_PARSER_CLASSES": ["api.http.json_parser.StrictJsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.http.responses.LenientNegotiation",
    "DEFAULT_SCHEMA_CLASS": "api.http.openapi.ApiSchema",
    "EXCEPTION_HANDLER": "api.http.error_handler.handle_exception",
    "UNAUTHENTICATED_USER": None,
    # ``?format=`` names the file of an export, not a renderer.
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_METADATA_CLASS": None,  # the schema describes endpoints; OPTIONS answers nothing
}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_FORMATTER_CLASS": "api.http.error_handler.ProblemFormatter"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Between Sessions",
    "DESCRIPTION": "What patients of an intensive outpatient program log between sessions, the "
    "reminders that reach them, and what their therapists read before the next session.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["api.http.permissions.Anyone"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "ConsentPurposeEnum": "care.models.Consent.Purpose",
        "ConsentScopeEnum": "api.privacy.consents.ALL_SCOPES",
        "SupportScopeEnum": "api.privacy.support_persons.SUPPORT_SCOPES",
        "ReminderPurposeEnum": "api.reminders.reminder_schema.PURPOSES",
        "AttendanceStatusEnum": "api.sessions.attendance.ATTENDANCE_STATUSES",
        "KindEnum": "api.sessions.session_schema.SESSION_KINDS",
        "LevelOfCareEnum": "care.programme.placement.LEVELS",
        "EpisodeOutcomeEnum": "care.programme.placement.ENDINGS",
        "ReferralKindEnum": "care.programme.placement.REFERRAL_KINDS",
        "RestrictionAnswerEnum": "care.consents.restrictions.ANSWERS",
        "OutcomeEnum": "journaling.entries.kinds.craving.OUTCOMES",
        "AssignmentOutcomeEnum": "journaling.skills.assign.OUTCOMES",
        "MedicationKindEnum": "care.medical.medications.KINDS",
        "ReasonEnum": "journaling.safety.events.CLEARING_REASONS",
        "SpanKindEnum": "care.sessions.availability.SPAN_KINDS",
        "AvailabilityReasonEnum": "care.sessions.availability.REASONS",
        "ConflictWhyEnum": "care.sessions.conflicts.CONFLICT_KINDS",
        "WeekFindingEnum": "care.sessions.week_outlook.FINDINGS",
        "GroupThemeEnum": "journaling.education.curriculum.THEMES",
        "NeedKindEnum": "care.programme.case_management.NEED_KINDS",
        "CommunityResourceKindEnum": "care.models.CommunityResource.Kind",
        "DueKindEnum": "care.due.DUE_KINDS",
        "CareTeamRole": "api.programme.groups.CARE_TEAM_ROLES",
        "SyncStatusEnum": "journaling.sync.merge.STATUSES",
        "LevelPlanItemStatusEnum": "notifications.reminders.level_plan.STATUSES",
        "TimeAnswerEnum": "notifications.reminders.edit.TIME_ANSWERS",
    },
}

# --- Reminders -------------------------------------------------------------------------------
#: console (the demo: prints the neutral sentence) · inbox · fcm · fcm_curl
PUSH_GATEWAY = env.str("BETWEEN_PUSH_GATEWAY", default="inbox")
FCM_CREDENTIALS = env.str("BETWEEN_FCM_CREDENTIALS", default="")
FCM_BASE_URL = env.str("BETWEEN_FCM_BASE_URL", default="https://fcm.googleapis.com")
#: Certificates to trust instead of the usual ones, where a proxy of a clinic signs its own.
FCM_CA_FILE = env.str("BETWEEN_FCM_CA_FILE", default="")
#: Keys that sign messages to browsers: ``id:base64`` of 32 bytes, comma-separated. New
#: subscriptions get the first, older ones keep theirs; without any, no browser gets a push.
VAPID_KEYS = _secret("BETWEEN_VAPID_KEYS")
#: The push services of browsers, as origins: whatever a client names, no other is called.
PUSH_SERVICES = env.names("BETWEEN_PUSH_SERVICES") or list(WEB_PUSH_SERVICES)
#: Under which address patients open this, without a path: a message leads there.
PUBLIC_URL = env.str(
    "BETWEEN_PUBLIC_URL", default=default_public_url(demo=DEMO, hosts=ALLOWED_HOSTS)
).rstrip("/")
#: Where a push service may reach whoever runs this: mailto: or https:.
VAPID_SUBJECT = env.str(
    "BETWEEN_VAPID_SUBJECT",
    default=PUBLIC_URL if PUBLIC_URL.startswith("https") else "mailto:postmaster@localhost",
)
#: The most messages a second of all workers together, reached within a minute; 0 sets no pace.
PUSH_PER_SECOND = env.number("BETWEEN_PUSH_PER_SECOND", default=1000.0, least=0)
BROKER_URL = env.str("BETWEEN_BROKER_URL", default="filesystem://localhost")
BROKER_FOLDER = DATA / "broker"
#: Who hands tasks to the broker; named, since rooms know nothing of the frame.
CELERY_APP = "backend.celery"
#: How often beat wakes the engine, and for how long a worker may hold what it took.
REMINDER_TICK_SECONDS = env.number("BETWEEN_REMINDER_TICK_SECONDS", default=5.0, least=0.1)
REMINDER_LEASE_SECONDS = env.number("BETWEEN_REMINDER_LEASE_SECONDS", default=120.0, least=1)
#: Google asks its senders to keep away from full quarters of an hour (docs/operations.md).
REMINDER_SPREAD = env.bool(
    "BETWEEN_REMINDER_SPREAD", default=PUSH_GATEWAY not in {"console", "inbox"}
)

validate_delivery_settings(
    demo=DEMO,
    gateway=PUSH_GATEWAY,
    gateways=("console", "inbox", "fcm", "fcm_curl"),
    credentials=FCM_CREDENTIALS,
    base_url=FCM_BASE_URL,
    ca_file=FCM_CA_FILE,
    broker=BROKER_URL,
)
validate_web_push_settings(
    demo=DEMO, keys=VAPID_KEYS, subject=VAPID_SUBJECT, services=PUSH_SERVICES, url=PUBLIC_URL
)

#: Whoever shows it may read /metrics from another machine; without it only this machine may.
METRICS_TOKEN = _secret("BETWEEN_METRICS_TOKEN")

# --- Calling staff ---------------------------------------------------------------------------
_email = _secret("BETWEEN_EMAIL_URL")
#: Whether there is a way out at all: without it no clinic can switch alerts on.
STAFF_MAIL = bool(_email)
if STAFF_MAIL:
    vars().update(mail_settings("BETWEEN_EMAIL_URL", _email))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("BETWEEN_EMAIL_FROM", default="between-sessions@localhost")

# --- Consents --------------------------------------------------------------------------------
#: A clinic's own file of what patients agree to, in place of ``care/consents/texts.json``.
CONSENT_TEXTS = env.str("BETWEEN_CONSENT_TEXTS", default="")
validate_consent_texts(CONSENT_TEXTS)

# --- Reports -------------------------------------------------------------------------------
#: Of fewer people no count is shown (``journaling/reports/small_cells.py``); never less than 11.
SMALLEST_CELL = int(env.number("BETWEEN_SMALLEST_CELL", default=11, least=11))

# --- Logs ------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "backend.kit.logs.AllowListFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Of other people's lines only the type and place of an exception are kept (kit/logs.py).
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
    },
}
SILENCED_SYSTEM_CHECKS = [
    "models.W040",  # SQLite ignores the INCLUDE columns of covering indexes, harmlessly
]
