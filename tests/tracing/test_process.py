"""How a traced process begins, forks, loses its server and ends: in processes of their own."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from fakes.receiver import Receiver, receiver

pytestmark = pytest.mark.slow
Script = Callable[..., Any]


def test_importing_the_package_loads_no_opentelemetry(script: Script) -> None:
    run = script("""
        import sys
        import pilothouse as ph
        ph.observe, ph.span, ph.session, ph.score, ph.init
        loaded = [m for m in ("opentelemetry", "httpx", "pilothouse.platform") if m in sys.modules]
        print(loaded)
    """)

    assert run.stdout.strip() == "[]"


def test_spans_still_waiting_at_the_end_are_sent(script: Script, inbox: Receiver) -> None:
    script(
        """
        import pilothouse as ph
        ph.init(project="exit")
        with ph.span("last") as span:
            span.score("ok", 1)
        """,
        inbox.url,
    )

    assert inbox.named("last").resource["pilothouse.project"] == "exit"
    assert inbox.scores[0]["span_id"] == inbox.named("last").span_id
    assert inbox.headers[0]["x-pilothouse-project"] == "exit"


def test_an_uncaught_exception_ends_its_span_and_is_sent(script: Script, inbox: Receiver) -> None:
    run = script(
        """
        import pilothouse as ph
        ph.init()
        @ph.observe
        def main():
            raise SystemError("boom")
        main()
        """,
        inbox.url,
        check=False,
        PILOTHOUSE_PROJECT="crash",
        PILOTHOUSE_API_KEY="ph_key",
    )

    assert run.returncode == 1
    assert "SystemError: boom" in run.stderr
    assert inbox.named("main").status == "error"
    assert inbox.headers[0]["authorization"] == "Bearer ph_key"


def test_without_a_server_the_program_runs_as_ever_and_is_told_once(script: Script) -> None:
    run = script("""
        import resource, pilothouse as ph
        ph.init(project="alone", instrument=False)
        @ph.observe
        def work(text):
            return text
        for n in range(300):
            work("x" * 1000)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for n in range(60_000):
            work("x" * 1000)
        from pilothouse.tracing import stats
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print("done", stats().spans_dropped > 30_000, grown < 200_000)
    """)

    assert run.stdout.split() == ["done", "True", "True"]
    assert run.stderr.count("does not answer") == 1
    assert run.stderr.count("are being dropped") == 1
    assert "Traceback" not in run.stderr


def test_a_server_that_comes_back_gets_what_waited(script: Script) -> None:
    with receiver() as first:
        port = int(first.url.rpartition(":")[2])
    with receiver(port) as back:
        back.answers += [503, 503, 429]
        script(
            """
            import time, pilothouse as ph
            ph.init(instrument=False, flush_timeout_s=20)
            with ph.span("patient"):
                pass
            """,
            f"http://127.0.0.1:{port}",
        )

        assert back.named("patient").status == "ok"


def test_a_server_that_never_answers_holds_the_end_up_no_longer_than_granted(
    script: Script,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        run = script(
            """
            import pilothouse as ph
            ph.init(instrument=False, flush_timeout_s=1)
            with ph.span("a") as span:
                span.score("ok", 1)
            """,
            f"http://127.0.0.1:{silent.getsockname()[1]}",
        )

    assert "could not be sent" in run.stderr


def test_a_forked_child_sends_its_own_spans_and_none_of_its_parents(
    script: Script, inbox: Receiver
) -> None:
    script(
        """
        import os, sys
        import pilothouse as ph
        ph.init(project="fork", instrument=False)
        with ph.span("parent before"):
            pass
        pid = os.fork()
        if pid == 0:
            with ph.span("in child"):
                pass
            sys.exit(0)
        os.waitpid(pid, 0)
        with ph.span("parent after"):
            pass
        """,
        inbox.url,
    )

    assert sorted(s.name for s in inbox.spans) == ["in child", "parent after", "parent before"]


def test_children_of_multiprocessing_send_before_they_leave(
    script: Script, inbox: Receiver
) -> None:
    script(
        """
        import multiprocessing as mp
        import pilothouse as ph
        def job(n):
            with ph.span("job"):
                return n
        if __name__ == "__main__":
            ph.init(project="pool", instrument=False)
            with ph.span("parent"):
                children = [mp.get_context("fork").Process(target=job, args=(n,)) for n in range(3)]
                for child in children: child.start()
                for child in children: child.join()
        """,
        inbox.url,
    )

    parent = inbox.named("parent")
    jobs = [span for span in inbox.spans if span.name == "job"]
    assert len(jobs) == 3
    assert {job.parent_span_id for job in jobs} == {parent.span_id}


def test_many_threads_lose_nothing(script: Script, inbox: Receiver) -> None:
    script(
        """
        import threading
        import pilothouse as ph
        ph.init(instrument=False)
        @ph.observe
        def job(n): return n
        def work():
            for n in range(250): job(n)
        threads = [threading.Thread(target=work) for _ in range(8)]
        for t in threads: t.start()
        for t in threads: t.join()
        """,
        inbox.url,
    )

    assert len(inbox.spans) == 2_000
    assert len({span.span_id for span in inbox.spans}) == 2_000


def test_a_provider_the_program_has_set_is_used_and_not_replaced(
    script: Script, inbox: Receiver
) -> None:
    run = script(
        """
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        theirs = InMemorySpanExporter()
        provider = TracerProvider(resource=Resource({"service.name": "shop"}))
        provider.add_span_processor(SimpleSpanProcessor(theirs))
        trace.set_tracer_provider(provider)
        import pilothouse as ph
        ph.init(project="mine", release="2.14.0", environment="staging", instrument=False)
        with ph.session("conv-1"), trace.get_tracer("shop").start_as_current_span("request"):
            with ph.span("step"):
                pass
        assert trace.get_tracer_provider() is provider
        print(sorted(span.name for span in theirs.get_finished_spans()))
        """,
        inbox.url,
    )

    assert run.stdout.strip() == "['request', 'step']"
    request = inbox.named("request")
    assert inbox.named("step").parent_span_id == request.span_id
    assert request.attributes["session.id"] == "conv-1"
    assert request.resource["service.name"] == "shop"
    assert request.resource["pilothouse.project"] == "mine"
    assert request.resource["service.version"] == "2.14.0"
    assert request.resource["deployment.environment.name"] == "staging"


def test_sampling_keeps_whole_traces(script: Script, inbox: Receiver) -> None:
    script(
        """
        import pilothouse as ph
        ph.init(sample_rate=0.5, instrument=False)
        for _ in range(400):
            with ph.trace("root"), ph.span("child"):
                ph.score("x", 1)
        """,
        inbox.url,
    )

    roots = {span.trace_id for span in inbox.spans if span.name == "root"}
    children = {span.trace_id for span in inbox.spans if span.name == "child"}
    assert 120 < len(roots) < 280
    assert roots == children == {score["trace_id"] for score in inbox.scores}


def test_init_again_sends_to_the_new_place(script: Script, inbox: Receiver) -> None:
    with receiver() as other:
        script(
            f"""
            import pilothouse as ph
            ph.init(project="one", instrument=False)
            with ph.span("first"): pass
            ph.init(project="two", endpoint="{other.url}", instrument=False)
            with ph.span("second"): pass
            ph.shutdown()
            with ph.span("third"): pass
            """,
            inbox.url,
        )

        assert [span.name for span in inbox.spans] == ["first"]
        assert [span.name for span in other.spans] == ["second"]
        assert other.named("second").resource["pilothouse.project"] == "two"


def test_a_setting_that_cannot_be_used_is_named(script: Script) -> None:
    run = script("""
        import pilothouse as ph
        try:
            ph.init(endpoint="localhost:8484")
        except ValueError as error:
            print(error)
    """)

    assert "endpoint 'localhost:8484' is no http(s) address" in run.stdout


def test_a_refusal_is_reported_with_what_to_do(script: Script, inbox: Receiver) -> None:
    inbox.answers += [401]

    run = script(
        """
        import pilothouse as ph
        ph.init(instrument=False)
        with ph.span("a"): pass
        print(ph.flush())
        """,
        inbox.url,
    )

    assert "refused spans with 401" in run.stderr
    assert "Set PILOTHOUSE_API_KEY" in run.stderr
