"""What may be run, as it is asked for over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]
Ref = Annotated[str, Field(min_length=1, max_length=200)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PromptTarget(_Given):
    """A stored prompt, filled in with an example's inputs and answered by a model."""

    kind: Literal["prompt"]
    prompt: Ref
    version: int | str | None = None
    """A number or a hash; the newest if neither this nor a label is given."""
    label: Ref | None = None
    model: Annotated[str, Field(min_length=3, max_length=500)]
    """Written provider/model."""
    parameters: Json = {}
    """Such as temperature and max_tokens; they win over those stored with the prompt."""


class HttpTarget(_Given):
    """An application that answers a POST of JSON."""

    kind: Literal["http"]
    url: Annotated[str, Field(min_length=1, max_length=2000)]
    headers: Annotated[dict[str, str], Field(max_length=50)] = {}
    """They are kept encrypted until the experiment has ended."""
    body_template: Any = "{{inputs}}"
    """JSON; in its texts {{inputs}}, {{inputs.question}}, {{metadata.k}} and {{example_id}} are
    replaced. A text that is nothing else becomes the value itself."""
    output_path: Annotated[str, Field(max_length=500)] = ""
    """Where the answer has the output, as in `choices.0.message.content`; all of it if left out."""


class InlineEvaluator(_Given):
    """An evaluator that is not in the library."""

    definition: Json
    name: Annotated[str, Field(min_length=1, max_length=200)] = "score"


class NewRun(_Given):
    """An experiment to run on the server."""

    dataset_id: str
    splits: Annotated[list[str], Field(max_length=100)] | None = None
    version: str | None = None
    """A tag or a time; the newest state if left out."""
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    description: Annotated[str, Field(max_length=10_000)] = ""
    project: str | None = None
    """Whose prices of models count, besides those of the server."""
    repetitions: Annotated[int, Field(ge=1, le=100)] = 1
    concurrency: Annotated[int, Field(ge=1, le=100)] = 10
    timeout_s: Annotated[float, Field(ge=1, le=3600)] = 300
    """For one answer, and for one verdict."""
    target: Annotated[PromptTarget | HttpTarget, Field(discriminator="kind")]
    evaluators: Annotated[list[str | InlineEvaluator], Field(max_length=50)] = []
    """Ids of evaluators of the library, or definitions."""
    budget_usd: Annotated[float, Field(gt=0, le=1e9)] | None = None
    metadata: Json = {}


class RunStarted(BaseModel):
    """Where to look: the experiment fills with rows while the job runs."""

    experiment_id: str
    job_id: str
