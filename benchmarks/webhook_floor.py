"""The least that receiving an event can cost on this web server: signature, one row, 200; under our settings."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import stripe
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest

INSERT = """
INSERT INTO invoicing_stripeevent (event_id, event_type, object_id, payload, received_at, next_at)
VALUES (%s, %s, '', %s, %s, %s) ON CONFLICT (event_id) DO NOTHING
"""


@login_not_required
@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    body = request.body
    header = request.headers["Stripe-Signature"]
    stripe.WebhookSignature.verify_header(body, header, settings.DEPLOYMENT.stripe_webhook_secrets[0], 300)
    event, now = json.loads(body), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [event["id"], event["type"], body, now, now])
    return HttpResponse("received\n", content_type="text/plain")


urlpatterns = [path("webhooks/stripe/", webhook)]


def application() -> WSGIHandler:
    """The product's application with this view as its only address."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_project.settings")
    handler = get_wsgi_application()
    settings.ROOT_URLCONF = __name__
    return handler
