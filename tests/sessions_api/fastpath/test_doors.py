"""The private doors of the fast path: what it takes of libraries that they do not promise to keep.

A test that fails here names the door that a new version has moved. The measure behind it is then
weighed anew, or goes back to what the library promises.
"""

from typing import Any

import pytest
import redis
from django.core.cache.backends.redis import RedisCache
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.response import Response
from rest_framework.views import APIView

from killswitches.prepared import Placeholder
from sessions_api.models import UserSession
from tests.private_doors import door


class BareView(APIView):
    authentication_classes = permission_classes = throttle_classes = ()
    default_response_headers = {}
    answer: Any = None

    def get(self, request: Any) -> Any:
        return self.answer


@pytest.mark.django_db
def test_the_statement_that_is_built_once() -> None:
    with door("the statement that is built once", "killswitches/prepared.py"):
        session_id: Any = UserSession._meta.get_field("sid")
        placeholder = Placeholder("sid", session_id)
        named = UserSession.objects.filter(sid=placeholder.expression).order_by()
        compiler: Any = named.values_list("name", "jti").query.get_compiler("default")
        sql, parameters = compiler.as_sql()
        assert sql.count("%s") == 1, sql
        assert list(parameters) == [placeholder], "the ORM looks into the parameters of a RawSQL"
        expressions = [expression for expression, *_ in compiler.select]
        assert [one.target.name for one in expressions] == ["name", "jti"]
        converters = compiler.get_converters(expressions)
        assert set(converters) <= {0, 1}
        value: Any = "00000000000000000000000000000007"
        for functions, expression in (converters[1],) if 1 in converters else ():
            for convert in functions:
                value = convert(value, expression, connection)
            assert value.int == 7


def test_the_answer_that_is_no_template() -> None:
    with door("the answer that is no template", "sessions_api/fastpath/responses.py"):
        answer = HttpResponse(b"{}", "application/json")
        found = BareView.as_view(answer=answer)(RequestFactory().get("/"))
        assert found is answer
        assert (found.content, found["Content-Type"]) == (b"{}", "application/json")


def test_the_headers_that_are_a_dictionary() -> None:
    with door("the headers that are a dictionary", "sessions_api/fastpath/responses.py"):
        headers: Any = HttpResponse(headers={"X-One": "1"}).headers
        headers._store["x-two"] = ("X-Two", "2")
        assert headers._store["x-one"] == ("X-One", "1")
        assert headers["X-TWO"] == "2"
        del headers["x-TWO"]
        assert "x-two" not in headers._store


def test_the_header_that_is_left_out() -> None:
    with door("the header that is left out", "sessions_api/http/viewsets/gated.py"):
        answered = BareView.as_view(answer=Response({}))(RequestFactory().get("/"))
        assert "Allow" not in answered
        assert "Allow" in APIView().default_response_headers


def test_the_request_that_holds_its_view() -> None:
    with door("the request that holds its view", "sessions_api/http/viewsets/gated.py"):
        view = BareView(answer=HttpResponse())
        view.setup(RequestFactory().get("/"))
        view.dispatch(view.request)
        assert view.request.parser_context["view"] is view
        view.request.parser_context.clear()
        vars(view).clear()


def test_the_client_of_a_cache() -> None:
    with door("the client of a cache", "ratelimits/redis_counters.py, statistics/stores.py"):
        cache: Any = RedisCache("redis://127.0.0.1:1/7", {"OPTIONS": {"socket_timeout": 3}})
        client = cache._cache.get_client(write=True)
        assert isinstance(client, redis.Redis)
        options = client.connection_pool.connection_kwargs
        assert (options["port"], options["db"], options["socket_timeout"]) == (1, 7, 3)
