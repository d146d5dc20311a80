"""Sessions, users, tags, metadata, prompts and errors."""

from __future__ import annotations

from dialects.spans import fields_of


def test_an_http_code_can_be_the_type_of_an_error() -> None:
    assert fields_of({"error.type": 500}).error_type == "500"
    assert fields_of({"logfire.level_num": 17}).status == "error"
    assert fields_of({"logfire.level_num": 13}).status == "unset"


def test_a_conversation_id_is_a_session_that_is_not_explicit() -> None:
    both = fields_of({"gen_ai.conversation.id": "c", "session.id": "s"})
    alone = fields_of({"gen_ai.conversation.id": "c"})
    thread = fields_of({"metadata": '{"thread_id": "t"}', "gen_ai.conversation.id": "c"})
    project = fields_of({"langsmith.trace.session_name": "p", "mcp.session.id": "m"})

    assert (both.session_id, both.session_explicit) == ("s", True)
    assert (alone.session_id, alone.session_explicit) == ("c", False)
    assert (thread.session_id, thread.session_explicit) == ("t", False)
    assert project.session_id == ""


def test_an_empty_user_is_no_user() -> None:
    assert fields_of({"gen_ai.request.user": "", "metadata": '{"user_id": "u"}'}).user_id == "u"


def test_metadata_that_is_not_json_stays_text() -> None:
    assert fields_of({"metadata": "{'not': 'json'}"}).metadata == {"metadata": "{'not': 'json'}"}


def test_tags_come_as_lists_texts_and_json() -> None:
    assert fields_of({"tag.tags": ["a", "b", "a", "seq:step:1"]}).tags == ["a", "b"]
    assert fields_of({"langsmith.span.tags": "a, b, graph:step:2"}).tags == ["a", "b"]
    assert fields_of({"tag.tags": '["a", "b"]'}).tags == ["a", "b"]
    assert fields_of({"logfire.tags": ["LLM"]}).tags == []


def test_environment_and_release_come_from_span_or_resource() -> None:
    resource = {"deployment.environment": "prod", "service.version": "1.2"}

    fields = fields_of({}, resource=resource)
    own = fields_of({"langfuse.environment": "stage", "langfuse.release": "r"}, resource=resource)

    assert (fields.environment, fields.release) == ("prod", "1.2")
    assert (own.environment, own.release) == ("stage", "r")
    assert fields.metadata == {}


def test_prompts_are_found_in_the_metadata_of_vercel_and_langsmith() -> None:
    vercel = fields_of({"ai.telemetry.metadata.langfusePrompt": '{"name": "p", "version": 4}'})
    hub = fields_of(
        {
            "langsmith.metadata.lc_hub_repo": "rag",
            "langsmith.metadata.lc_hub_owner": "acme",
            "langsmith.metadata.lc_hub_commit_hash": "abc",
        }
    )

    assert (vercel.prompt_name, vercel.prompt_version) == ("p", "4")
    assert (hub.prompt_name, hub.prompt_version) == ("acme/rag", "abc")
