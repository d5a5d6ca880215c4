"""The WSGI application that granian serves."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from guazai.control.delivery import proxies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guazai.control.settings")
application = proxies.behind(settings.CONFIG.trusted_proxies, get_wsgi_application())
