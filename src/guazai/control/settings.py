"""Django's view of `Config`."""

from __future__ import annotations

from functools import partial

from guazai.control import backends, logs
from guazai.control.config import Config

CONFIG = Config.from_env()

SECRET_KEY = CONFIG.secret_key
DEBUG = False
ALLOWED_HOSTS = list(CONFIG.allowed_hosts)
ROOT_URLCONF = "guazai.control.delivery.urls"
WSGI_APPLICATION = "guazai.control.delivery.wsgi.application"
DATABASES = {"default": backends.database(CONFIG.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CONTEXTS = (
    "kernel",
    "journal",
    "inbox",
    "directory",
    "surfaces",
    "eligibility",
    "capability",
    "binding",
    "landing",
    "entry",
    "evaluation",
    "governance",
    "review",
    "openapi",
    "webhooks",
    "mail",
    "delivery",
)
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    *(f"guazai.control.{context}" for context in CONTEXTS),
    "guazai.control.delivery.pages",
]
MIDDLEWARE = [
    # Calls of the ecosystem's wire go no further: they need nothing of what follows.
    "guazai.control.delivery.middleware.wire",
    "guazai.control.delivery.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "guazai.control.delivery.middleware.security_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "guazai.control.delivery.middleware.identity",
    "guazai.control.delivery.idempotency.idempotent_writes",
    "guazai.control.delivery.middleware.problems",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

LIMITS = partial(backends.limits, CONFIG.redis_url)

AUTH_USER_MODEL = "directory.Person"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
LOGIN_URL = "/login"

IS_SECURE = CONFIG.public_url.startswith("https://")
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IS_SECURE
CSRF_COOKIE_SECURE = IS_SECURE
CSRF_FAILURE_VIEW = "guazai.control.delivery.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if IS_SECURE else 0
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "guazai_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = IS_SECURE

LOGGING = logs.configure(CONFIG.log_level)
