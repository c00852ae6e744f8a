"""Loupe's settings: one file, read from the environment, failing loudly on a value that makes no sense."""

import os
from pathlib import Path

from csp.constants import NONE, SELF

from config import environment

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("LOUPE_HOME") or BASE_DIR / "var").expanduser().resolve()
MODELS_DIR = Path(os.environ.get("LOUPE_MODELS") or HOME / "models").expanduser().resolve()

DEBUG = environment.switch("LOUPE_DEBUG", False)
SECRET_KEY = os.environ.get("LOUPE_SECRET_KEY") or environment.secret_key(HOME / "secret_key")
ALLOWED_HOSTS = os.environ.get("LOUPE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("LOUPE_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "config.apps.LoupeConfig",
    "review",
    "processing",
    "catalog",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "django_rq",
    "template_partials",
]

MIDDLEWARE = [
    "config.api_answers.ApiAnswers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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
                "config.navigation.navigation",
            ],
            "builtins": ["catalog.templatetags.people", "review.templatetags.defects"],
        },
    },
]

DATABASES = {"default": environment.database(HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

QUEUE_URL, CACHE_URL = environment.redis_urls(HOME)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}

# A queue a kind of work. Imaging workers take intake first, so that refusals show within seconds.
QUEUES = ("intake", "export", "imaging", "mockups", "trials", "light", "webhooks")
# The longest that a job may take.
JOB_SECONDS = 600
RQ_QUEUES = {name: {"URL": QUEUE_URL, "DEFAULT_TIMEOUT": JOB_SECONDS} for name in QUEUES}

# The hop from a photo's stage to the job that the stage calls for, and that job's queue. catalog.stages.move() is
# the only reader; this table is how catalog calls upward without importing upward.
STAGE_JOBS = {
    "received": ("intake", "processing.jobs.inspect_photo"),
    "ready": ("imaging", "processing.jobs.process_photo"),
    "processed": ("light", "review.jobs.place_photo"),
    # Nothing is left to do with these photos, but their batch may be complete now.
    "failed": ("light", "review.jobs.settle_photo"),
    "rejected": ("light", "review.jobs.settle_photo"),
}
# A photo that sat this long in a stage that a machine should have left is queued again by the sweep.
STALLED_SECONDS = environment.whole_number("LOUPE_STALLED_SECONDS", 90, least=1)
# A run that a worker has not finished by then is taken for lost; far above the slowest recipe's time.
RUN_LEASE_SECONDS = environment.whole_number("LOUPE_RUN_LEASE_SECONDS", 300, least=1)
SWEEP_SECONDS = environment.whole_number("LOUPE_SWEEP_SECONDS", 60, least=1)
# So long after its last decision a batch is not decided yet, so that a slip on its last photo can be undone.
UNDO_SECONDS = environment.whole_number("LOUPE_UNDO_SECONDS", 20, least=0)
# Where the imaging core gets its models from; tests of everything else put a plain threshold here.
MODEL_CONTEXT = "processing.imaging.sessions.context"
WORKER_JOBS = environment.whole_number("LOUPE_WORKER_JOBS", 1000, least=1)
MAX_UPLOAD_BYTES = environment.whole_number("LOUPE_MAX_UPLOAD_BYTES", 4 * 1024**3, least=1)

STORAGES = {
    "default": environment.storage(HOME),
    "staticfiles": {"BACKEND": "config.staticfiles.Storage"},
}
MEDIA_ROOT = HOME / "files"
INCOMING_DIR = HOME / "incoming"

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/tus-js-client", BASE_DIR / "node_modules/tus-js-client/dist"),
    ("vendor/chart.js", BASE_DIR / "node_modules/chart.js/dist"),
    ("vendor/inter", BASE_DIR / "node_modules/@fontsource-variable/inter"),
]
WHITENOISE_USE_FINDERS = DEBUG

LANGUAGE_CODE = "en-gb"
TIME_ZONE = os.environ.get("TZ") or "UTC"
USE_TZ = True

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "sesame.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
SESAME_ONE_TIME = True
SESAME_MAX_AGE = 24 * 60 * 60
SESAME_TOKEN_NAME = "token"  # noqa: S105 (a parameter's name)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_https = environment.switch("LOUPE_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SESSION_COOKIE_SAMESITE = "Lax"

# One request may carry a whole folder by the plain form; files themselves are streamed to disk.
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
FILE_UPLOAD_TEMP_DIR = None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOUPE_LOG_LEVEL", "INFO")},
}

# Review: how long a claim lives without a sign of its reviewer, how long a photo must be on the screen before a key
# counts, and when a break is proposed.
REVIEW_LEASE_SECONDS = environment.whole_number("LOUPE_REVIEW_LEASE_SECONDS", 600, least=1)
REVIEW_LEAST_VIEW_MS = environment.whole_number("LOUPE_REVIEW_LEAST_VIEW_MS", 700, least=0)
REVIEW_BREAK_MINUTES = environment.whole_number("LOUPE_REVIEW_BREAK_MINUTES", 25, least=1)
REVIEW_BREAK_PHOTOS = environment.whole_number("LOUPE_REVIEW_BREAK_PHOTOS", 150, least=1)

# Notices of escalations and alerts leave the house where these are set: EMAIL_URL, an address such as
# smtp+tls://user:password@host:587, and a webhook that takes JSON. SITE_ADDRESS is what links in e-mails begin with.
SITE_ADDRESS = os.environ.get("LOUPE_ADDRESS", "http://localhost:8000").rstrip("/")
EMAIL_HOST = ""
vars().update(environment.email(os.environ.get("EMAIL_URL", "")))
DEFAULT_FROM_EMAIL = os.environ.get("LOUPE_FROM_EMAIL", "loupe@localhost")
# Where exported pictures will be published, DIR/<marketplace>/<file> below it: the links in the sheets begin with it.
PICTURES_ADDRESS = environment.web_address("LOUPE_PICTURES").rstrip("/")
NOTICE_WEBHOOK = environment.web_address("LOUPE_NOTICE_WEBHOOK")
