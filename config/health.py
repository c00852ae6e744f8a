"""One answer for load balancers and the supervisor: is everything there that a page needs?"""

import django_rq
from django.db import connection
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError


def health(request: HttpRequest) -> JsonResponse:
    """200 while database and queue answer, else 503 with what is missing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    try:
        django_rq.get_queue("light").connection.ping()
    except RedisError as error:
        return JsonResponse({"database": "ok", "queue": str(error)}, status=503)
    return JsonResponse({"database": "ok", "queue": "ok"})
