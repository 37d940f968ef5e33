"""Django's settings. What an installation chooses comes from the environment, with a default that works."""

import os
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

from firstline.runtime import database
from firstline.runtime.home import home, secret

PACKAGE = Path(__file__).resolve().parent.parent

# --- Firstline's own -------------------------------------------------------------------------------------------------
FIRSTLINE_HOME = home()
FIRSTLINE_FILES = FIRSTLINE_HOME / "files"
FIRSTLINE_SUBSCRIPTIONS = "firstline.config.subscriptions"
FIRSTLINE_DEMO = os.environ.get("FIRSTLINE_DEMO") == "1"
# Where customers reach this installation; links in messages begin with it.
FIRSTLINE_PUBLIC_URL = os.environ.get("FIRSTLINE_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
# How many reverse proxies stand in front, each adding to X-Forwarded-For and setting X-Forwarded-Proto.
FIRSTLINE_PROXIES = int(os.environ.get("FIRSTLINE_PROXIES", "0"))
# The folder with the definitions of back-office systems, and the one with their addresses and secrets (see docs/sources.md).
FIRSTLINE_SOURCES = Path(
    os.environ.get("FIRSTLINE_SOURCES", PACKAGE / "demo" / "sources" if FIRSTLINE_DEMO else FIRSTLINE_HOME / "sources")
)
# The folder with what is defined per brand about its customers: purposes, stages, indicators (see docs/relationship.md).
FIRSTLINE_CUSTOMERS = Path(
    os.environ.get(
        "FIRSTLINE_CUSTOMERS", PACKAGE / "demo" / "customers" if FIRSTLINE_DEMO else FIRSTLINE_HOME / "customers"
    )
)
# The folder with what callers must show before something is seen or changed (see docs/verification.md).
FIRSTLINE_IDENTITY = Path(
    os.environ.get(
        "FIRSTLINE_IDENTITY", PACKAGE / "demo" / "identity" if FIRSTLINE_DEMO else FIRSTLINE_HOME / "identity"
    )
)
# How often a process looks whether another has stored a definition on a screen; "off": definitions are files, and screens only show them.
_look = os.environ.get("FIRSTLINE_SOURCES_LOOK_SECONDS", "3")
FIRSTLINE_SOURCES_LOOK_SECONDS = None if _look == "off" else float(_look)
FIRSTLINE_SECRETS = Path(
    os.environ.get(
        "FIRSTLINE_SECRETS", FIRSTLINE_HOME / "demo" / "connections" if FIRSTLINE_DEMO else FIRSTLINE_HOME / "secrets"
    )
)
# Mail in: host:port to listen on, empty = off. Mail out: smtp://host:port.
FIRSTLINE_LMTP = os.environ.get("FIRSTLINE_LMTP", "")
FIRSTLINE_SMTP_IN = os.environ.get("FIRSTLINE_SMTP_IN", "")
FIRSTLINE_IMAP = os.environ.get("FIRSTLINE_IMAP", "")
FIRSTLINE_SMTP_OUT = os.environ.get("FIRSTLINE_SMTP_OUT", "smtp://127.0.0.1:25")
# Larger mail is refused at the door; domains that mail is taken for, apart by commas (none: any).
FIRSTLINE_MAIL_MAX_BYTES = int(os.environ.get("FIRSTLINE_MAIL_MAX_BYTES", str(40 * 1024 * 1024)))
FIRSTLINE_MAIL_DOMAINS = os.environ.get("FIRSTLINE_MAIL_DOMAINS", "")
# How long an answer waits for others of the same contact, so that they go out as one message.
FIRSTLINE_HOLD_SECONDS = int(os.environ.get("FIRSTLINE_HOLD_SECONDS", "30"))
# A process that enters more elements than this without waiting is taken for endless, and stops with an incident.
FIRSTLINE_ENDLESS_AFTER = int(os.environ.get("FIRSTLINE_ENDLESS_AFTER", "1000000"))
# After how many elements a long step of a process pauses, so that locks are held for tens of milliseconds.
FIRSTLINE_PAUSE_AFTER = int(os.environ.get("FIRSTLINE_PAUSE_AFTER", "200"))
# Whether statements that are sent again and again are planned once per connection; a pooler may not keep them.
FIRSTLINE_PREPARE = os.environ.get("FIRSTLINE_PREPARE", "1") == "1"
# How long an effect that a worker has in hand is nobody else's, should the worker die; it is renewed while the worker lives.
FIRSTLINE_LEASE_SECONDS = float(os.environ.get("FIRSTLINE_LEASE_SECONDS", "120"))
# More automatic messages than this to one address within an hour are two machines that answer each other.
FIRSTLINE_AUTOMATIC_PER_HOUR = int(os.environ.get("FIRSTLINE_AUTOMATIC_PER_HOUR", "12"))
# How long the id of a message to processes is remembered after the message has expired: as long as its sender may repeat it.
FIRSTLINE_MESSAGE_DAYS = int(os.environ.get("FIRSTLINE_MESSAGE_DAYS", "7"))
# How long ended process instances are kept, with all their history; None = for ever.
FIRSTLINE_RETENTION_DAYS = (
    int(os.environ["FIRSTLINE_RETENTION_DAYS"]) if os.environ.get("FIRSTLINE_RETENTION_DAYS") else None
)
# What is cleared away in the night, and how many days it is kept: carried out effects, drafts of steps that ended otherwise, what was
# read in the sources (None = for ever).
FIRSTLINE_OUTBOX_DAYS = int(os.environ.get("FIRSTLINE_OUTBOX_DAYS", "30"))
FIRSTLINE_DRAFT_DAYS = int(os.environ.get("FIRSTLINE_DRAFT_DAYS", "30"))
_READING_DAYS = os.environ.get("FIRSTLINE_READING_DAYS", "400")
FIRSTLINE_READING_DAYS = None if _READING_DAYS == "forever" else int(_READING_DAYS)
# Every day at this hour (local time), what was confirmed in the last days is compared with what stands in the sources; "never" = not by itself.
_RECONCILE_AT = os.environ.get("FIRSTLINE_RECONCILE_AT", "03:00")
FIRSTLINE_RECONCILE_AT = None if _RECONCILE_AT == "never" else time.fromisoformat(_RECONCILE_AT)
_SWEEP_AT = os.environ.get("FIRSTLINE_SWEEP_AT", "02:00")
FIRSTLINE_SWEEP_AT = None if _SWEEP_AT == "never" else time.fromisoformat(_SWEEP_AT)
FIRSTLINE_RECONCILE_DAYS = int(os.environ.get("FIRSTLINE_RECONCILE_DAYS", "30"))
# Hosts in our own network, or without encryption, that webhooks may be sent to all the same.
FIRSTLINE_WEBHOOK_HOSTS = frozenset(
    host.strip() for host in os.environ.get("FIRSTLINE_WEBHOOK_HOSTS", "").split(",") if host.strip()
)
# So many requests each web process works on at once, each with a connection to the database; others wait for their turn.
FIRSTLINE_AT_ONCE = int(os.environ.get("FIRSTLINE_AT_ONCE", "8"))
# So many requests to the API may a program send in a minute, to each web process.
FIRSTLINE_API_PER_MINUTE = int(os.environ.get("FIRSTLINE_API_PER_MINUTE", "1200"))
FIRSTLINE_PHONE_SECRET = os.environ.get("FIRSTLINE_PHONE_SECRET") or secret("phone")

# --- Django ----------------------------------------------------------------------------------------------------------
SECRET_KEY = secret("django")
DEBUG = False
_PUBLIC = urlsplit(FIRSTLINE_PUBLIC_URL)
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", _PUBLIC.hostname or ""]
ALLOWED_HOSTS += [host.strip() for host in os.environ.get("FIRSTLINE_HOSTS", "").split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [f"{_PUBLIC.scheme}://{_PUBLIC.netloc}"]
CSRF_FAILURE_VIEW = "firstline.config.views.stale_form"
ROOT_URLCONF = "firstline.config.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {**database.django_settings(), "CONN_MAX_AGE": 0}}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"]["OPTIONS"],
    # Requests in their turn, those that waited for another system and go on, and late answers that are kept.
    "pool": {"min_size": 1, "max_size": FIRSTLINE_AT_ONCE + 12, "timeout": 10},
}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "firstline.ui",
    "firstline.push",
    "firstline.audit",
    "firstline.outbox",
    "firstline.files",
    "firstline.search",
    "firstline.accounts",
    "firstline.api",
    "firstline.customers",
    "firstline.sources",
    "firstline.identity",
    "firstline.decisions",
    "firstline.processes",
    "firstline.procedures",
    "firstline.cases",
    "firstline.contacts",
    "firstline.feedback",
    "firstline.relationship",
    "firstline.correspondence",
    "firstline.channels",
    "firstline.work",
    "firstline.desktop",
    "firstline.migration",
    "firstline.insights",
    "firstline.operations",
    "firstline.portal",
    "firstline.webhooks",
    "firstline.demo",
    "firstline.config",
]
INSTALLED_APPS = [
    app
    for app in INSTALLED_APPS
    if not app.startswith("firstline.") or (PACKAGE / app.split(".")[1] / "__init__.py").exists()
]
# The tones of the screens, by Django's levels (DEBUG, INFO, SUCCESS, WARNING, ERROR).
MESSAGE_TAGS = {10: "plain", 20: "plain", 25: "good", 30: "warn", 40: "bad"}

MIDDLEWARE = [
    "firstline.config.proxies.client_address",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "firstline.accounts.web.middleware.staff_language",
    "firstline.config.middleware.errors_as_http",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "firstline.accounts.web.context.principal",
                "firstline.config.places.places",
            ],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("nl", "Nederlands")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("FIRSTLINE_ZONE", "Europe/Berlin")
FORMAT_MODULE_PATH = ["firstline.ui.formats"]

STATIC_URL = "/static/"
# One folder of built files, served by the web server itself (see runtime.web).
STATICFILES_DIRS: list[Path] = []

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_HTTPS = _PUBLIC.scheme == "https"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if FIRSTLINE_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# A form may carry a document; what is larger is refused before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("FIRSTLINE_LOG", "WARNING")},
}
