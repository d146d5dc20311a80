"""What can be asked of the server: each call of both clients, described once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Unpack

from pilothouse.client.calls import (
    Answer,
    Listing,
    Pages,
    Params,
    Pieces,
    Request,
    Rows,
    Search,
    When,
    Window,
    given,
    moment,
    path,
    window,
)
from pilothouse.client.methods import asked, listed, streamed
from pilothouse.client.models import (
    Comparison,
    Dataset,
    Example,
    Experiment,
    ExperimentRow,
    Json,
    Metrics,
    Project,
    Score,
    Session,
    SessionDetail,
    Span,
    Trace,
    TraceDetail,
    Written,
)

Scope = Literal["traces", "spans", "sessions"]
Format = Literal["jsonl", "csv", "parquet", "otlp"]


class Api:
    """The calls; `Client` and `AsyncClient` send them."""

    @listed
    def traces(self, project: str | None = None, **where: Unpack[Listing]) -> Pages[Trace]:
        """Traces, the newest first unless `order_by` says otherwise."""
        return Pages(path("traces"), window(project, where), where.get("limit"))

    @asked
    def trace(
        self, trace_id: str, project: str | None = None, *, payloads: bool = True
    ) -> Answer[TraceDetail]:
        """A trace with its spans; without `payloads` they come without inputs and outputs."""
        wanted = given({"project": project, "payloads": None if payloads else False})
        return Answer(Request(path=path("traces", trace_id), params=wanted))

    @listed
    def spans(self, project: str | None = None, **where: Unpack[Listing]) -> Pages[Span]:
        """Spans, the newest first unless `order_by` says otherwise."""
        return Pages(path("spans"), window(project, where), where.get("limit"))

    @asked
    def span(
        self, span_id: str, *, trace_id: str | None = None, project: str | None = None
    ) -> Answer[Span]:
        """All of one span."""
        place = ("spans", span_id) if trace_id is None else ("traces", trace_id, "spans", span_id)
        return Answer(Request(path=path(*place), params=given({"project": project})))

    @asked
    def count_spans(self, project: str | None = None, **where: Unpack[Window]) -> Answer[int]:
        """How many spans there are."""
        place = path("spans", "count")
        request = Request(method="POST", path=place, body=window(project, where))
        return Answer(request, lambda answer: int(answer["count"]))

    @asked
    def send_spans(self, spans: Json) -> Answer[None]:
        """Keeps the spans of an OTLP request in JSON; a span that is sent again stays one."""
        return Answer(Request(method="POST", path="/v1/traces", body=spans), lambda _: None)

    @listed
    def sessions(self, project: str | None = None, **where: Unpack[Listing]) -> Pages[Session]:
        """Sessions, the newest first unless `order_by` says otherwise."""
        return Pages(path("sessions"), window(project, where), where.get("limit"))

    @asked
    def session(self, session_id: str, project: str | None = None) -> Answer[SessionDetail]:
        """A session with its turns."""
        wanted = given({"project": project})
        return Answer(Request(path=path("sessions", session_id), params=wanted))

    @listed
    def users(
        self, project: str | None = None, *, limit: int | None = None, **where: Unpack[Window]
    ) -> Pages[Json]:
        """Users with sums over their traces."""
        return Pages(path("users"), window(project, where), limit)

    @listed
    def scores(
        self,
        project: str | None = None,
        *,
        trace_id: str | None = None,
        span_id: str | None = None,
        session_id: str | None = None,
        name: str | None = None,
        source: str | None = None,
        since: When | None = None,
        until: When | None = None,
        limit: int | None = None,
    ) -> Pages[Score]:
        """Scores, the newest first."""
        target = {"trace_id": trace_id, "span_id": span_id, "session_id": session_id}
        wanted: Params = {
            **window(project, {"since": since, "until": until}),
            **given({**target, "name": name, "source": source}),
        }
        return Pages(path("scores"), wanted, limit)

    @asked
    def add_scores(self, *scores: Score) -> Answer[list[Score]]:
        """Keeps scores; one with the same id, or target, name and source, replaces itself."""
        request = Request(method="POST", path=path("scores"), body=list(scores))
        return Answer(request, lambda answer: answer["items"])

    @asked
    def delete_score(self, score_id: str, project: str | None = None) -> Answer[None]:
        """Takes a score back."""
        wanted = given({"project": project})
        return Answer(Request(method="DELETE", path=path("scores", score_id), params=wanted))

    @asked
    def end_session(self, session_id: str, project: str, *, at: When | None = None) -> Answer[None]:
        """Says that a conversation is over: rules on sessions judge it soon, not once it is quiet.

        `at` is now unless it was earlier; turns that begin after it open the conversation again.
        """
        body = given({"project": project, "session_id": session_id, "at": moment(at)})
        return Answer(Request(method="POST", path=path("rules", "end-session"), body=body))

    @listed
    def projects(self) -> Pages[Project]:
        """All projects, by name."""
        return Pages(path("projects"), {})

    @asked
    def project(self, name: str) -> Answer[Project]:
        """One project."""
        return Answer(Request(path=path("projects", name)))

    @asked
    def create_project(
        self, name: str, *, description: str = "", retention_days: int | None = None
    ) -> Answer[Project]:
        """A new project."""
        body = given({"name": name, "retention_days": retention_days})
        if description:
            body["description"] = description
        return Answer(Request(method="POST", path=path("projects"), body=body))

    @asked
    def delete_project(self, name: str) -> Answer[Json]:
        """Starts the job that removes all of a project, and gives that job."""
        return Answer(Request(method="DELETE", path=path("projects", name)))

    @asked
    def metrics(
        self,
        measures: Sequence[str],
        *,
        project: str | None = None,
        interval: str | None = None,
        scope: Scope = "traces",
        group_by: Sequence[str] = (),
        limit: int | None = None,
        other: bool = False,
        compare: str | None = None,
        **where: Unpack[Search],
    ) -> Answer[Metrics]:
        """Measures by interval and group, e.g. `["count", "p99(duration_ms)"]`."""
        body: Json = {
            **window(project, where),
            **given({"interval": interval, "limit": limit, "compare": compare}),
            "scope": scope,
            "measures": list(measures),
            "group_by": list(group_by),
            "other": other,
        }
        return Answer(Request(method="POST", path=path("metrics", "query"), body=body))

    @listed
    def datasets(
        self, *, name: str | None = None, q: str | None = None, limit: int | None = None
    ) -> Pages[Dataset]:
        """Datasets, the newest first; of a name, or with `q` in their name."""
        return Pages(path("datasets"), given({"name": name, "q": q}), limit)

    @asked
    def dataset(self, dataset_id: str) -> Answer[Dataset]:
        """One dataset."""
        return Answer(Request(path=path("datasets", dataset_id)))

    @asked
    def create_dataset(
        self,
        name: str,
        *,
        id: str | None = None,
        description: str = "",
        inputs_schema: Json | None = None,
        outputs_schema: Json | None = None,
        metadata: Json | None = None,
    ) -> Answer[Dataset]:
        """A new dataset; with an `id` of one's own, the same again is the same."""
        optional = {
            "id": id,
            "inputs_schema": inputs_schema,
            "outputs_schema": outputs_schema,
            "metadata": metadata,
        }
        body: Json = {"name": name, "description": description, **given(optional)}
        return Answer(Request(method="POST", path=path("datasets"), body=body))

    @asked
    def delete_dataset(self, dataset_id: str) -> Answer[None]:
        """Removes a dataset with its examples and experiments."""
        return Answer(Request(method="DELETE", path=path("datasets", dataset_id)))

    @listed
    def examples(
        self,
        dataset_id: str,
        *,
        as_of: str | None = None,
        split: str | None = None,
        filter: str | None = None,
        q: str | None = None,
        limit: int | None = None,
    ) -> Pages[Example]:
        """Examples in the order of their creation, now or as of a time or a tag."""
        wanted = given({"as_of": as_of, "split": split, "filter": filter, "q": q})
        return Pages(path("datasets", dataset_id, "examples"), wanted, limit)

    @asked
    def add_examples(self, dataset_id: str, *examples: Example) -> Answer[Written]:
        """Adds examples, all or none, and gives the version that has them."""
        place = path("datasets", dataset_id, "examples")
        return Answer(Request(method="POST", path=place, body=list(examples)))

    @asked
    def update_examples(self, dataset_id: str, *examples: Example) -> Answer[Written]:
        """Changes what each gives besides its id, all or none."""
        place = path("datasets", dataset_id, "examples")
        return Answer(Request(method="PATCH", path=place, body=list(examples)))

    @asked
    def delete_examples(self, dataset_id: str, *ids: str) -> Answer[Json]:
        """Removes examples; earlier versions keep them."""
        place = path("datasets", dataset_id, "examples", "delete")
        return Answer(Request(method="POST", path=place, body={"ids": list(ids)}))

    @listed
    def experiments(
        self, dataset_id: str | None = None, *, q: str | None = None, limit: int | None = None
    ) -> Pages[Experiment]:
        """Experiments with what was measured of them, the newest first."""
        return Pages(path("experiments"), given({"dataset": dataset_id, "q": q}), limit)

    @asked
    def experiment(self, experiment_id: str) -> Answer[Experiment]:
        """One experiment with what was measured of it."""
        return Answer(Request(path=path("experiments", experiment_id)))

    @asked
    def create_experiment(
        self,
        name: str,
        dataset_id: str,
        *,
        id: str | None = None,
        description: str = "",
        dataset_version: str | None = None,
        metadata: Json | None = None,
        num_repetitions: int = 1,
    ) -> Answer[Experiment]:
        """A new experiment; its traces are sent to the project of its name."""
        optional = {"id": id, "dataset_version": dataset_version, "metadata": metadata}
        body: Json = {
            "name": name,
            "dataset_id": dataset_id,
            "description": description,
            "num_repetitions": num_repetitions,
            **given(optional),
        }
        return Answer(Request(method="POST", path=path("experiments"), body=body))

    @asked
    def finish_experiment(self, experiment_id: str, ended_at: When) -> Answer[Experiment]:
        """Says when an experiment ended."""
        body = {"ended_at": moment(ended_at)}
        return Answer(Request(method="PATCH", path=path("experiments", experiment_id), body=body))

    @asked
    def delete_experiment(self, experiment_id: str) -> Answer[None]:
        """Removes an experiment and its traces."""
        return Answer(Request(method="DELETE", path=path("experiments", experiment_id)))

    @listed
    def experiment_rows(
        self,
        *experiment_ids: str,
        baseline: str | None = None,
        metric: str | None = None,
        change: Literal["better", "worse", "same"] | None = None,
        limit: int | None = None,
    ) -> Pages[ExperimentRow]:
        """Examples with all their runs in some experiments; if asked, those that changed so."""
        wanted = given({"baseline": baseline, "metric": metric, "change": change})
        wanted["experiment"] = list(experiment_ids)
        return Pages(path("experiments", "compare", "rows"), wanted, limit)

    @asked
    def compare_experiments(
        self, *experiment_ids: str, baseline: str | None = None
    ) -> Answer[Comparison]:
        """How experiments stand against a baseline, else the first: better, worse, the same."""
        wanted = given({"baseline": baseline})
        wanted["experiment"] = list(experiment_ids)
        return Answer(Request(path=path("experiments", "compare"), params=wanted))

    @streamed
    def export(
        self,
        scope: Scope = "traces",
        *,
        format: Format = "jsonl",
        project: str | None = None,
        payloads: bool = True,
        **where: Unpack[Search],
    ) -> Pieces:
        """The whole result as a file, piece by piece as it arrives."""
        wanted = window(project, where)
        wanted |= {"scope": scope, "format": format, "payloads": payloads}
        return Pieces(Request(path=path("export"), params=wanted))

    @streamed
    def export_rows(
        self,
        scope: Scope = "traces",
        *,
        project: str | None = None,
        payloads: bool = True,
        **where: Unpack[Search],
    ) -> Rows:
        """The whole result, row by row."""
        wanted = window(project, where)
        wanted |= {"scope": scope, "format": "jsonl", "payloads": payloads}
        return Rows(Request(path=path("export"), params=wanted))
