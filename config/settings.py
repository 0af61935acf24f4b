"""Settings, read from the environment. docs/operating.md lists every variable.

Without any variable the project runs on SQLite in this folder, answers on localhost only and shows no
debug pages. `SITE_HTTPS=1` adds what a site on the open internet needs.
"""

from pathlib import Path

import django_stubs_ext
from csp.constants import SELF

from config.environment import env, kept_key, sqlite
from partners.core.limits import MEGABYTE, Limits

# Lets classes of Django's be written with the type they work on, as in `ModelAdmin[Partner]`.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.bool("DJANGO_DEBUG", False)
SECRET_KEY = env.secret_key("DJANGO_SECRET_KEY", None) or kept_key(BASE_DIR / ".secret_key")
ALLOWED_HOSTS: list[str] = env.hosts("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS: list[str] = env.origins("DJANGO_TRUSTED_ORIGINS", "")

INSTALLED_APPS = [
    "config.apps.ProgramAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_countries",
    "django_filters",
    "django_htmx",
    "crispy_forms",
    "csp",
    "partners",
    "contracts",
    "segments",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.no_store.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "partners.core.actor.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.method_not_allowed.MethodNotAllowedMiddleware",
    "config.busy.BusyMiddleware",
    "config.page_limit.PageLimitMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
            ],
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", None) or sqlite(BASE_DIR / "db.sqlite3")}
# What a server behind PgBouncer needs: a statement may come to another connection than the one before.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DISABLE_SERVER_SIDE_CURSORS", False)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
COUNTRIES_OVERRIDE = {"XK": {"name": "Kosovo", "alpha3": "XKX"}}
"""Not in ISO 3166, and a country in every list of partners."""
TIME_ZONE = env.time_zone("DJANGO_TIME_ZONE", "UTC")
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["config.formats"]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
WHITENOISE_USE_FINDERS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"refusals": {"()": "config.logs.RefusalsInOneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["refusals"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

CRISPY_ALLOWED_TEMPLATE_PACKS = ("admin_pack",)
CRISPY_TEMPLATE_PACK = "admin_pack"

# A definition at its limits is one form: 20 groups of 20 conditions, each with up to 17 stages ticked, or
# 200,000 Contract IDs of 50 characters with the end of a line after each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 12_000_000
FILE_UPLOAD_HANDLERS = [
    "partners.imports.upload_handler.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LIMITS = Limits(
    page_timeout_s=env.whole_number("PAGE_TIMEOUT_S", "60"),
    import_max_bytes=env.whole_number("IMPORT_MAX_MB", "50") * MEGABYTE,
    import_max_rows=env.whole_number("IMPORT_MAX_ROWS", "200000"),
    workbook_max_memory_gb=env.whole_number("WORKBOOK_MAX_MEMORY_GB", "2"),
    columns_max_mb=env.number_or_none("COLUMNS_MAX_MB", "1000"),
)

# The brand that runs the program: a party to every contract.
BRAND_NAME: str = env.brand("BRAND_NAME", "Your brand")

CSRF_FAILURE_VIEW = "config.views.csrf_failure"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": [SELF]}}
SESSION_COOKIE_AGE = env.whole_number("DJANGO_SESSION_SECONDS", "1209600")

if env.bool("SITE_HTTPS", False):
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
