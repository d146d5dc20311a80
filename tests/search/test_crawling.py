"""A site is read as deep as was asked, politely, and no trap holds the reader."""

from __future__ import annotations

import gzip

import pytest

from pilothouse.search import CrawlError, crawl
from pilothouse.search.loading import fetching
from search_world import Page, Site, linking

pytestmark = pytest.mark.filterwarnings("ignore:left out")


def paths(site: Site, *args: object, **how: object) -> list[str]:
    """The paths of the documents of a crawl."""
    found = crawl(f"{site.url}/docs/", *args, private=True, rate=10_000, **how)  # type: ignore[arg-type] - passed on as given
    return [document.source.removeprefix(site.url) for document in found]


def test_a_depth_of_two_is_the_page_and_those_it_links_to(site: Site) -> None:
    site.pages = {
        "/docs/": linking("Start", "b", "a"),
        "/docs/a": linking("A", "deep"),
        "/docs/b": linking("B"),
        "/docs/deep": linking("Deep"),
    }

    assert paths(site, 1) == ["/docs/"]
    assert paths(site) == ["/docs/", "/docs/a", "/docs/b"]
    assert paths(site, 3) == ["/docs/", "/docs/a", "/docs/b", "/docs/deep"]


def test_a_page_becomes_its_main_text_and_what_it_says_of_itself(site: Site) -> None:
    site.pages = {"/docs/": linking("Start", text="Hello   there.")}

    [document] = crawl(f"{site.url}/docs/", 1, private=True)

    assert document.text == "# Start\n\nHello there."
    assert document.metadata == {
        "title": "Start",
        "description": "About Start",
        "language": "en",
        "source": f"{site.url}/docs/",
        "content_type": "text/html",
    }


def test_all_text_of_a_page_is_had_as_beautiful_soup_gives_it(site: Site) -> None:
    site.pages = {"/docs/": linking("Start", text="Hello   there.")}

    [document] = crawl(f"{site.url}/docs/", 1, private=True, extractor="soup_text")

    assert document.text == "StartEverywhereStartHello   there.Imprint"


def test_what_lies_outside_of_the_first_pages_folder_is_not_asked_for(site: Site) -> None:
    site.pages = {
        "/docs/": linking("Start", "/other", "/docsy/", "a", "https://example.org/docs/x"),
        "/docs/a": linking("A"),
        "/other": linking("Other"),
    }

    assert paths(site) == ["/docs/", "/docs/a"]
    assert "/other" not in site.asked
    assert "/docsy/" not in site.asked


def test_spellings_of_one_address_are_one_page(site: Site) -> None:
    links = ("a", "a/", "a#part", "./a", "x/../a", "a?utm_source=mail", "/docs//a")
    site.pages = {"/docs/": linking("Start", *links), "/docs/a": linking("A")}

    assert len(paths(site)) == 2
    assert len([path for path in site.asked if path.startswith("/docs/a")]) == 1


def test_loops_of_relative_links_and_endless_queries_end(site: Site) -> None:
    turns = iter(range(10_000))
    site.pages = {
        "/docs/": linking("Start", "loop/x", "calendar?day=0"),
        "/docs/*": lambda path: Page(body=linking(f"{path} {next(turns)}", "loop/x")),
        "/docs/calendar": lambda path: Page(
            body=linking(path, *(f"calendar?day={next(turns)}" for _ in range(30)))
        ),
    }

    found = paths(site, 12)

    assert len([path for path in found if "loop" in path]) <= 4
    assert len([path for path in found if "calendar" in path]) <= 100


def test_a_copy_under_another_address_is_left_out(site: Site) -> None:
    site.pages = {
        "/docs/": linking("Start", "a", "b"),
        "/docs/a": linking("Same"),
        "/docs/b": linking("Same"),
    }

    assert paths(site) == ["/docs/", "/docs/a"]


def test_robots_txt_holds_and_can_be_passed_over(site: Site) -> None:
    site.pages = {
        "/robots.txt": Page(body="User-agent: *\nDisallow: /*/secret\n", kind="text/plain"),
        "/docs/": linking("Start", "secret", "open"),
        "/docs/secret": linking("Secret"),
        "/docs/open": linking("Open"),
    }

    assert paths(site) == ["/docs/", "/docs/open"]
    assert "/docs/secret" not in site.asked
    assert "/docs/secret" in paths(site, respect_robots=False)
    assert site.agents == {fetching.AGENT}


def test_a_site_whose_robots_txt_fails_is_not_read(site: Site) -> None:
    site.pages = {"/docs/": linking("Start"), "/robots.txt": Page(status=503)}

    with pytest.raises(CrawlError, match=r"robots\.txt cannot be read \(the server answered 503\)"):
        paths(site)


def test_pages_that_ask_not_to_be_indexed_or_followed_are_not(site: Site) -> None:
    site.pages = {
        "/docs/": linking("Start", "hidden", "end"),
        "/docs/hidden": '<meta name="robots" content="noindex"><p>no</p><a href="a">a</a>',
        "/docs/end": '<meta name="robots" content="nofollow"><p>end</p><a href="b">b</a>',
        "/docs/a": linking("A"),
        "/docs/b": linking("B"),
    }

    assert paths(site, 3) == ["/docs/", "/docs/a", "/docs/end"]


def test_only_texts_of_a_bearable_size_are_taken(site: Site) -> None:
    bomb = gzip.compress(b"<p>" + b"a" * 3_000_000)
    site.pages = {
        "/docs/": linking("Start", "picture", "large", "packed", "plain", "data"),
        "/docs/picture": Page(body=b"\x89PNG", kind="image/png"),
        "/docs/large": Page(body="<p>" + "x" * 3_000_000),
        "/docs/packed": Page(body=bomb, headers={"Content-Encoding": "gzip"}),
        "/docs/plain": Page(body="Plain words.", kind="text/plain"),
        "/docs/data": Page(body="\0\1\2", kind="text/plain"),
    }

    assert paths(site, max_bytes=2_000_000) == ["/docs/", "/docs/plain"]


def test_what_passes_is_asked_for_again_and_what_does_not_is_told(site: Site) -> None:
    answers = iter([Page(status=503, headers={"Retry-After": "0"}), Page(body=linking("A"))])
    site.pages = {"/docs/": linking("Start", "a", "gone"), "/docs/a": lambda _: next(answers)}

    with pytest.warns(UserWarning, match="left out .*/docs/gone: the server answered 404"):
        found = paths(site)

    assert found == ["/docs/", "/docs/a"]
    with pytest.raises(CrawlError, match="404"):
        crawl(f"{site.url}/nothing", private=True)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://127.1:1/",
     "http://2130706433:1/", "http://①②⑦.0.0.1:1/", "http://169.254.169.254/latest/"],
)  # fmt: skip
def test_addresses_of_this_machine_and_its_network_are_not_called(url: str) -> None:
    with pytest.raises(CrawlError, match=r"is a private address|not a canonical IPv4"):
        crawl(url, 1)


def test_a_redirect_into_the_own_network_is_not_followed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site's own address counts as public here; where it leads to does not."""
    port = site.url.rpartition(":")[2]
    site.pages = {
        "/docs/": Page(status=302, headers={"Location": f"http://localhost:{port}/inner"}),
        "/inner": linking("Inner"),
    }
    monkeypatch.setattr(fetching, "is_public", lambda host: host == "127.0.0.1")

    with pytest.raises(CrawlError, match="localhost is a private address"):
        crawl(f"{site.url}/docs/", 1, respect_robots=False)

    assert site.asked == ["/docs/"]


def test_redirects_are_followed_within_the_site_and_not_for_ever(site: Site) -> None:
    site.pages = {
        "/docs/": linking("Start", "old", "round", "away"),
        "/docs/old": Page(status=301, headers={"Location": "new"}),
        "/docs/new": linking("New"),
        "/docs/round": Page(status=302, headers={"Location": "round"}),
        "/docs/away": Page(status=302, headers={"Location": "/other"}),
        "/other": linking("Other"),
    }

    assert paths(site) == ["/docs/", "/docs/new"]


def test_headers_that_were_given_go_to_the_first_pages_host_alone(site: Site) -> None:
    port = site.url.rpartition(":")[2]
    site.pages = {
        "/docs/": linking("Start", f"http://localhost:{port}/docs/a"),
        "/docs/a": linking("A"),
    }

    crawl(f"{site.url}/docs/", private=True, prevent_outside=False, headers={"Cookie": "secret"})

    assert [path for path in site.asked if path != "/robots.txt"] == ["/docs/", "/docs/a"]
    assert site.cookies == {f"127.0.0.1:{port}": "secret", f"localhost:{port}": None}


def test_a_host_is_asked_no_more_often_than_was_said(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(fetching.asyncio, "sleep", noted)
    site.pages = {"/docs/": linking("Start", "a", "b"), "/docs/a": "<p>a", "/docs/b": "<p>b"}

    crawl(f"{site.url}/docs/", private=True, rate=2)

    assert max(waits) > 1  # the fourth request of a second of two


def test_a_pdf_on_a_site_is_read_page_by_page(site: Site) -> None:
    site.pages = {
        "/docs/": linking("Start", "paper.pdf"),
        "/docs/paper.pdf": Page(body=b"%PDF-1.4 broken", kind="application/pdf"),
    }

    with pytest.warns(UserWarning, match=r"paper\.pdf"):
        assert paths(site) == ["/docs/"]


@pytest.mark.parametrize("url", ["ftp://example.org/", "file:///etc/passwd", "example.org", ""])
def test_what_is_no_address_of_a_page_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        crawl(url)


def test_pages_that_would_take_their_parser_for_ever_are_left_out(site: Site) -> None:
    site.pages = {
        "/docs/": linking("Start", "deep", "long"),
        "/docs/deep": "<div></b>" * 100_000,
        "/docs/long": "<p>one<li>two<br>" * 10_000 + "<div>" * 1_000,
    }

    assert paths(site) == ["/docs/", "/docs/long"]


def test_all_of_a_long_robots_txt_holds(site: Site) -> None:
    rules = "User-agent: *\n" + "Disallow: /elsewhere\n" * 20_000 + "Disallow: /docs/secret\n"
    site.pages = {
        "/robots.txt": Page(body=rules, kind="text/plain"),
        "/docs/": linking("Start", "secret"),
        "/docs/secret": linking("Secret"),
    }

    assert "/docs/secret" not in paths(site)
