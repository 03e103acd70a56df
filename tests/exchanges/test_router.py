"""Which operation a URL means."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.openapi.exchanges.router import Router
from tests.openapi.contracts import contract, document, operation


def router(*paths, **top):
    return Router(document(contract({path: {"get": operation()} for path in paths}, **top)))


def found(known, url, method="GET"):
    route = known.find(method, url)
    return (route.operation.item.path, route.values) if route is not None else None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/users/me", ("/users/me", {})),
        ("/users/7", ("/users/{id}", {"id": "7"})),
        ("/users/a%20b?x=/users/me", ("/users/{id}", {"id": "a b"})),
        ("https://any.example/users/7/posts", ("/users/{id}/posts", {"id": "7"})),
        ("/users/me/posts", ("/users/{id}/posts", {"id": "me"})),
        ("/files/report.json", ("/files/{name}.json", {"name": "report"})),
        ("/files/report.csv", ("/files/{name}", {"name": "report.csv"})),
        ("/range/3-9", ("/range/{from}-{to}", {"from": "3", "to": "9"})),
        ("/", ("/", {})),
        ("", ("/", {})),
        ("/users/", None),
        ("/users", None),
        ("/range/3", None),
        ("/users/7/", None),
        ("http://[bad", None),
    ],
)
def test_paths(url, expected):
    known = router(
        *("/", "/users/{id}", "/users/me", "/users/{id}/posts"),
        *("/files/{name}", "/files/{name}.json", "/range/{from}-{to}"),
    )
    assert found(known, url) == expected


def test_methods():
    assert found(router("/a"), "/a", "get") == ("/a", {})
    assert found(router("/a"), "/a", "POST") is None


def test_a_concrete_path_without_the_method_leaves_it_to_the_templated_one():
    known = Router(document(contract({"/a/me": {"put": operation()}, "/a/{id}": {"get": operation()}})))
    assert found(known, "/a/me") == ("/a/{id}", {"id": "me"})


def test_servers():
    servers = [{"url": "https://a.example/v1/"}, {"url": "/{tenant}/api", "variables": {"tenant": {"default": "x"}}}]
    known = router("/users/{id}", servers=servers)
    assert found(known, "https://b.example/v1/users/7") == ("/users/{id}", {"id": "7"})
    assert found(known, "/acme/api/users/7") == ("/users/{id}", {"id": "7"})
    assert found(known, "/users/7") == ("/users/{id}", {"id": "7"})  # behind a gateway that takes the prefix off
    assert found(known, "/v2/users/7") is None
    known = router("/users", servers=[{"url": "{protocol}://{host}/api/v3"}])
    assert found(known, "http://a.example/api/v3/users") == ("/users", {})


@given(st.lists(st.sampled_from(["a", "b", "{x}", "{y}.j"]), min_size=1, max_size=4), st.data())
def test_a_filled_template_is_found(segments, data):
    value = st.text(alphabet="ab.j", min_size=1, max_size=4)
    names = iter("pqrs")
    template = "/" + "/".join(
        s.replace("x", next(names)) if "x" in s else s.replace("y", next(names)) if "y" in s else s for s in segments
    )
    url, route = template, router(template)
    for name in "pqrs":
        url = url.replace("{" + name + "}", data.draw(value))
    assert route.find("get", url) is not None


def test_hostile_templates_take_no_time():
    template = "/" + "".join(f"{{a{n}}}x" for n in range(200)) + "y"
    known = router(template, *("/a" * n + "/{x}" for n in range(1, 200)))
    start = time.perf_counter()
    assert known.find("get", "/" + "x" * 20_000) is None
    assert known.find("get", "/a" * 150 + "/b") is not None
    assert time.perf_counter() - start < 2
