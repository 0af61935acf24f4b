"""Settings, read from the environment. docs/operating.md lists every variable.

Without any variable the project runs on SQLite in this folder, answers on localhost only and shows no
debug pages. `SITE_HTTPS=1` adds what a site on the open internet needs.
"""

import logging
from datetime import timedelta
from pathlib import Path

import django_stubs_ext
from csp.constants import SELF

from config import logs
from config.company import read_company_login, read_local_login
from config.environment import databases, env, kept_key
from config.mail import read_mail
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
    "axes",
    "config.accounts",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "partners",
    "contracts",
    "segments",
]

MIDDLEWARE = [
    "config.probes.ProbesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.logs.RequestLogMiddleware",
    "config.no_store.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.idle.IdleMiddleware",
    "config.accounts.middleware.CodesMiddleware",
    "partners.core.actor.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.method_not_allowed.MethodNotAllowedMiddleware",
    "config.busy.BusyMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.replica.ReplicaMiddleware",
    "allauth.account.middleware.AccountMiddleware",
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

DATABASES = databases(BASE_DIR / "db.sqlite3")
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
# The company's login, and who gets which rights by it; None where there is none.
COMPANY = read_company_login()
LOCAL_LOGIN = read_local_login(company=COMPANY)
"""Whether users log in with a password of this site."""

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend"]
if LOCAL_LOGIN:
    AUTHENTICATION_BACKENDS.append("django.contrib.auth.backends.ModelBackend")
if COMPANY:
    # A session remembers which of them let the user in, and ends where that one is switched off.
    AUTHENTICATION_BACKENDS.append("config.accounts.backends.CompanyBackend")
vars().update(MAIL := read_mail())
PASSWORDS_BY_MAIL = LOCAL_LOGIN and bool(MAIL)
"""Whether who has forgotten the password is sent a link to set a new one."""
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Who guesses passwords is kept out, and the user whose name it is can still log in from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = env.whole_number("LOGIN_FAILURES", "10")
AXES_COOLOFF_TIME = timedelta(minutes=env.whole_number("LOGIN_LOCKED_MINUTES", "15"))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "partners.core.client_address.client_address"
AXES_USERNAME_CALLABLE = "config.logins.tried_name"
AXES_LOCKOUT_CALLABLE = "config.logins.answer_locked_out"
# Who logged in and who failed is told by the audit log.
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code"]

# What of allauth is used, and why so little, says config/accounts/urls.py.
ACCOUNT_ADAPTER = "config.accounts.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
"""Axes counts, in the database: all processes together."""
ACCOUNT_REAUTHENTICATION_METHODS = ["password"]
SOCIALACCOUNT_ADAPTER = "config.accounts.adapters.CompanyAdapter"
SOCIALACCOUNT_PROVIDERS = {"company": {"APPS": [COMPANY.as_app()] if COMPANY else []}}
MFA_ADAPTER = "config.accounts.adapters.CodesAdapter"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
"""Clocks of phones may be half a minute wrong."""
SUPERUSERS_NEED_CODES = env.bool("SUPERUSERS_NEED_CODES", False)
"""Whether superusers who log in here have to set up one-time passwords first."""

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
COUNTRIES_OVERRIDE = {"XK": {"name": "Kosovo", "alpha3": "XKX"}}
"""Not in ISO 3166, and a country in every list of partners."""
TIME_ZONE = env.time_zone("DJANGO_TIME_ZONE", "UTC")
USE_THOUSAND_SEPARATOR = True
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]  # Django's phrases in words of our own
FORMAT_MODULE_PATH = ["config.formats"]

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
WHITENOISE_USE_FINDERS = True

LOG_AS_JSON = env.log_format("LOG_FORMAT", "plain") == "json"
LOGGING = logs.configuration(as_json=LOG_AS_JSON)
logging.captureWarnings(LOG_AS_JSON)

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
    replica_max_age_s=env.whole_number("DATABASE_REPLICA_MAX_AGE_S", "30"),
    import_max_bytes=env.whole_number("IMPORT_MAX_MB", "50") * MEGABYTE,
    import_max_rows=env.whole_number("IMPORT_MAX_ROWS", "200000"),
    workbook_max_memory_gb=env.whole_number("WORKBOOK_MAX_MEMORY_GB", "2"),
    columns_max_mb=env.number_or_none("COLUMNS_MAX_MB", "1000"),
)

# The brand that runs the program: a party to every contract.
BRAND_NAME: str = env.brand("BRAND_NAME", "Your brand")

METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")
"""Opens /metrics to those who send it."""
if METRICS_TOKEN:
    MIDDLEWARE = [
        "django_prometheus.middleware.PrometheusBeforeMiddleware",
        *MIDDLEWARE,
        "django_prometheus.middleware.PrometheusAfterMiddleware",
    ]

PROXIES = env.number_or_none("PROXIES", "1" if env.bool("SITE_HTTPS", False) else "0")
"""How many proxies of our own a request passes."""

CSRF_FAILURE_VIEW = "config.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {"default-src": [SELF], "form-action": [SELF, *(COMPANY.origins if COMPANY else ())]}
}
SESSION_COOKIE_AGE = env.whole_number("DJANGO_SESSION_SECONDS", "1209600")
SESSION_IDLE_SECONDS = env.number_or_none("SESSION_IDLE_SECONDS", "0")
"""After so many seconds without a request a login ends; 0: with the session only."""

if env.bool("SITE_HTTPS", False):
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
