"""LangChain's serialised prompts: what they may be, their parts, and the way to a plain form.

A version is kept as LangChain serialises it, so that its clients read back what they wrote. `plain`
gives the form that people and our own clients read and write:

    {"type": "chat" | "text", "messages": [{"role", "content"}], "template_format", "variables",
     "model": {"provider", "name"} | null, "parameters": {}, "schema": {} | null, "tools": []}

A message with role `placeholder` stands for messages that a variable brings: {"role":
"placeholder", "name", "optional"}. One with `"literal": true` is no template: it is sent as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.prompts import templates
from pilothouse.platform.providers.models import checked_name

Json = dict[str, Any]  # Any: JSON, as deep as its writer made it

_PROMPTS: Final = frozenset({
    "ChatPromptTemplate", "PromptTemplate", "StructuredPrompt", "FewShotPromptTemplate",
    "FewShotChatMessagePromptTemplate", "ImagePromptTemplate",
})  # fmt: skip
_FORMATS: Final = (*templates.FORMATS, templates.FOREIGN)
_SEQUENCES: Final = frozenset({"RunnableSequence", "PromptPlayground"})
SEQUENCE_ID: Final = ["langchain", "schema", "runnable", "RunnableSequence"]
_BINDING_ID: Final = ["langchain", "schema", "runnable", "RunnableBinding"]
_CHAT: Final = ["langchain", "prompts", "chat"]
_TEXT_ID: Final = ["langchain", "prompts", "prompt", "PromptTemplate"]
_STRUCTURED_ID: Final = ["langchain_core", "prompts", "structured", "StructuredPrompt"]

_ROLES: Final = {"system": "System", "user": "Human", "assistant": "AI"}
_ROLE_OF: Final = {
    "SystemMessagePromptTemplate": "system",
    "HumanMessagePromptTemplate": "user",
    "AIMessagePromptTemplate": "assistant",
    "SystemMessage": "system",
    "HumanMessage": "user",
    "AIMessage": "assistant",
    "ToolMessage": "tool",
    "FunctionMessage": "tool",
}
_OTHER_NAMES: Final = {"human": "user", "ai": "assistant", "developer": "system"}

_MODELS: Final[Mapping[str, tuple[list[str], str, str, str]]] = {
    # provider: (constructor, its name of the model, its name of the key, the secret)
    "openai": (
        ["langchain", "chat_models", "openai", "ChatOpenAI"],
        "model_name", "openai_api_key", "OPENAI_API_KEY",
    ),
    "azure": (
        ["langchain", "chat_models", "azure_openai", "AzureChatOpenAI"],
        "model_name", "openai_api_key", "AZURE_OPENAI_API_KEY",
    ),
    "anthropic": (
        ["langchain", "chat_models", "anthropic", "ChatAnthropic"],
        "model", "anthropic_api_key", "ANTHROPIC_API_KEY",
    ),
    "google": (
        ["langchain_google_genai", "chat_models", "ChatGoogleGenerativeAI"],
        "model", "google_api_key", "GOOGLE_API_KEY",
    ),
    "mistral": (
        ["langchain", "chat_models", "mistralai", "ChatMistralAI"],
        "model", "mistral_api_key", "MISTRAL_API_KEY",
    ),
    "groq": (
        ["langchain_groq", "chat_models", "ChatGroq"],
        "model_name", "groq_api_key", "GROQ_API_KEY",
    ),
    "fireworks": (
        ["langchain", "chat_models", "fireworks", "ChatFireworks"],
        "model_name", "fireworks_api_key", "FIREWORKS_API_KEY",
    ),
    "xai": (
        ["langchain_xai", "chat_models", "ChatXAI"],
        "model_name", "xai_api_key", "XAI_API_KEY",
    ),
    "deepseek": (
        ["langchain_deepseek", "chat_models", "ChatDeepSeek"],
        "model_name", "api_key", "DEEPSEEK_API_KEY",
    ),
    "ollama": (["langchain_ollama", "chat_models", "ChatOllama"], "model", "", ""),
}  # fmt: skip
PROVIDERS: Final = tuple(_MODELS)
_PROVIDER_OF: Final = {ids[-1]: provider for provider, (ids, *_) in _MODELS.items()}
_BY_NAME: Final = (
    ("claude", "anthropic"), ("gemini", "google"), ("mistral", "mistral"), ("grok", "xai"),
    ("deepseek", "deepseek"),
)  # fmt: skip
_MODEL_KEYS: Final = ("model", "model_name", "model_id", "deployment_name", "azure_deployment")
_OWN: Final = "pilothouse_provider"
"""Where LangChain's class of a model keeps the name of a provider that it does not know."""
_NOT_PARAMETERS: Final = frozenset({*_MODEL_KEYS, "stream_usage", "_type", "name"})


# ---- what a manifest may be, and its parts


def check(manifest: object) -> Json:
    """The manifest of a prompt; raises BadRequest for what is none."""
    if not isinstance(manifest, dict):
        raise BadRequest("a manifest is a JSON object")
    if "id" not in manifest:
        raise BadRequest("Manifest must have an id field")
    if (name := _class(manifest)) not in _PROMPTS | _SEQUENCES:
        raise BadRequest(f"Manifest type {name} is not supported")
    if name in _SEQUENCES and _class(_kwargs(manifest).get("first")) not in _PROMPTS:
        raise BadRequest(f"a {name} begins with a prompt: kwargs.first is none")
    return manifest


def prompt_part(manifest: Json) -> Json:
    """The prompt without its model: what is pulled unless the model is asked for."""
    if _class(manifest) not in _SEQUENCES:
        return manifest
    first = _kwargs(manifest).get("first")
    return first if isinstance(first, dict) else manifest


def with_model(manifest: Json) -> Json:
    """The whole, as clients can load it: the playground's own root becomes a RunnableSequence."""
    if _class(manifest) != "PromptPlayground":
        return manifest
    return {**manifest, "id": list(SEQUENCE_ID), "name": "RunnableSequence"}


def model_part(manifest: Json) -> Json | None:
    """The constructor of the model, bound arguments taken off; None where there is no model."""
    bound, _ = _model(manifest)
    return bound


def model_of(manifest: Json) -> tuple[str, str]:
    """(provider, name) of the model; "" for what is not known."""
    bound = model_part(manifest)
    if bound is None:
        return "", ""
    kwargs = _kwargs(bound)
    named = (kwargs.get(key) for key in _MODEL_KEYS)
    name = next((value for value in named if isinstance(value, str) and value), "")
    own = _object(kwargs.get("metadata")).get(_OWN)
    if isinstance(own, str) and own:
        return own, name
    return _PROVIDER_OF.get(_class(bound), _class(bound).removeprefix("Chat").lower()), name


def _model(manifest: Json) -> tuple[Json | None, Json]:
    """The model's constructor and the arguments that are bound to it."""
    if _class(manifest) not in _SEQUENCES:
        return None, {}
    kwargs = _kwargs(manifest)
    steps = [*_list(kwargs.get("middle")), kwargs.get("last")]
    for step in steps:  # a parser may come after the model
        bound, arguments = _unbound(step)
        if isinstance(bound, dict) and not _class(bound).endswith(("Parser", "Lambda", "Map")):
            return bound, arguments
    return None, {}


def _unbound(step: object) -> tuple[object, Json]:
    arguments: Json = {}
    while _class(step) == "RunnableBinding":
        kwargs = _kwargs(step)
        arguments = {**_object(kwargs.get("kwargs")), **arguments}
        step = kwargs.get("bound")
    return step, arguments


# ---- to the plain form


def plain(manifest: Json) -> Json:
    """A manifest in the plain form; what has no place there is left out."""
    prompt = prompt_part(manifest)
    kwargs = _kwargs(prompt)
    name = _class(prompt)
    if name == "PromptTemplate":
        messages: list[Json] = [{"role": "user", "content": str(kwargs.get("template", ""))}]
        formats = [kwargs.get("template_format")]
    else:
        formats = []
        messages = [_plain_message(given, formats) for given in _list(kwargs.get("messages"))]
    template_format = next((f for f in formats if f in _FORMATS), "f-string")
    bound, arguments = _model(manifest)
    parameters = {
        key: value
        for key, value in _kwargs(bound).items()
        if key not in _NOT_PARAMETERS and not _is_secret(value)
    }
    if _OWN in _object(parameters.get("metadata")):
        parameters["metadata"] = {k: v for k, v in parameters["metadata"].items() if k != _OWN}
        parameters = {k: v for k, v in parameters.items() if k != "metadata" or v}
    parameters |= {k: v for k, v in arguments.items() if k != "tools"}
    provider, model = model_of(manifest)
    return {
        "type": "text" if name == "PromptTemplate" else "chat",
        "messages": messages,
        "template_format": template_format,
        "variables": variables(messages, template_format),
        "model": {"provider": provider, "name": model} if bound is not None else None,
        "parameters": parameters,
        "schema": kwargs.get("schema_") if isinstance(kwargs.get("schema_"), dict) else None,
        "tools": _list(arguments.get("tools")),
    }


def variables(messages: Sequence[Mapping[str, Any]], template_format: str) -> list[str]:
    """The names that the messages ask for, in their order."""
    names: dict[str, None] = {}
    for message in messages:
        if message["role"] == "placeholder":
            names[str(message["name"])] = None
        elif not message.get("literal"):
            for text in texts(message["content"]):
                names.update(dict.fromkeys(templates.variables(text, template_format)))
    return list(names)


def texts(content: Any) -> list[str]:
    """Every string in the content of a message: itself, or those of its parts."""
    if isinstance(content, str):
        return [content]
    if isinstance(content, dict):
        return [text for key, part in content.items() if key != "type" for text in texts(part)]
    return [text for part in content for text in texts(part)] if isinstance(content, list) else []


def _plain_message(given: object, formats: list[Any]) -> Json:
    name, kwargs = _class(given), _kwargs(given)
    if name == "MessagesPlaceholder":
        variable = str(kwargs.get("variable_name", ""))
        return {
            "role": "placeholder",
            "name": variable,
            "optional": bool(kwargs.get("optional", False)),
        }
    role = _ROLE_OF.get(name) or str(kwargs.get("role") or kwargs.get("type") or "user")
    role = _OTHER_NAMES.get(role, role)
    if "prompt" not in kwargs:
        message = {"role": role, "content": kwargs.get("content", ""), "literal": True}
        if kwargs.get("tool_calls"):
            message["tool_calls"] = kwargs["tool_calls"]
        if kwargs.get("tool_call_id"):
            message["tool_call_id"] = kwargs["tool_call_id"]
        return message
    template = kwargs["prompt"]
    if not isinstance(template, list):
        formats.append(_kwargs(template).get("template_format"))
        return {"role": role, "content": str(_kwargs(template).get("template", ""))}
    parts = []
    for part in template:
        formats.append(_kwargs(part).get("template_format"))
        parts.append(_plain_part(_class(part), _kwargs(part)))
    return {"role": role, "content": parts}


def _plain_part(name: str, kwargs: Json) -> Json:
    template = kwargs.get("template", "")
    if name == "ImagePromptTemplate":
        return {"type": "image_url", "image_url": template}
    if isinstance(template, dict):  # a DictPromptTemplate: any other kind of part
        return template
    return {"type": "text", "text": str(template)}


# ---- from the plain form


def manifest_of(given: Mapping[str, Any]) -> Json:
    """The manifest of a prompt in the plain form. Raises BadRequest."""
    template_format = given.get("template_format") or "f-string"
    if template_format not in templates.FORMATS:
        raise BadRequest(f"template_format is f-string or mustache, not {template_format!r}")
    messages = given.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages: a prompt has at least one message")
    checked = [_checked_message(message, place) for place, message in enumerate(messages)]
    schema = given.get("schema")
    if schema is not None and not isinstance(schema, dict):
        raise BadRequest("schema: a JSON schema is an object")
    prompt = _prompt(checked, template_format, given.get("type") or "chat", schema)
    model, tools = given.get("model"), given.get("tools") or []
    if not model:
        if tools or given.get("parameters"):
            raise BadRequest("model: parameters and tools belong to a model; name one")
        return prompt
    last = _model_constructor(model, _object(given.get("parameters")))
    if tools:
        last = _constructor(
            _BINDING_ID, {"bound": last, "kwargs": {"tools": list(tools)}, "config": {}}
        )
    return _constructor(SEQUENCE_ID, {"first": prompt, "last": last})


def _prompt(messages: list[Json], template_format: str, kind: str, schema: Json | None) -> Json:
    names = variables(messages, template_format)
    if kind == "text":
        if len(messages) != 1 or not isinstance(messages[0].get("content"), str) or schema:
            raise BadRequest("messages: a text prompt is one message with a text, without schema")
        return _template(messages[0]["content"], template_format)
    optional = [m["name"] for m in messages if m["role"] == "placeholder" and m.get("optional")]
    kwargs: Json = {
        "input_variables": sorted(name for name in names if name not in optional),
        "messages": [_message(message, template_format) for message in messages],
    }
    if optional:
        kwargs["optional_variables"] = optional
        kwargs["partial_variables"] = {name: [] for name in optional}
    if schema is not None:
        return _constructor(_STRUCTURED_ID, kwargs | {"schema_": schema})
    return _constructor([*_CHAT, "ChatPromptTemplate"], kwargs)


def _checked_message(message: object, place: int) -> Json:
    where = f"messages.{place}"
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise BadRequest(f"{where}: a message is an object with a role")
    role = _OTHER_NAMES.get(message["role"], message["role"])
    if role == "placeholder":
        if not isinstance(message.get("name"), str) or not message["name"]:
            raise BadRequest(f"{where}: a placeholder has the name of its variable")
        return {
            "role": role,
            "name": message["name"],
            "optional": bool(message.get("optional", False)),
        }
    content = message.get("content")
    is_parts = isinstance(content, list) and all(isinstance(part, dict) for part in content)
    if not isinstance(content, str) and not is_parts:
        raise BadRequest(f"{where}: content is a text or a list of parts")
    return {**message, "role": role}


def _message(message: Json, template_format: str) -> Json:
    role = message["role"]
    if role == "placeholder":
        kwargs = {"variable_name": message["name"], "optional": message["optional"]}
        return _constructor([*_CHAT, "MessagesPlaceholder"], kwargs, named=False)
    if message.get("literal") or role == "tool":
        return _literal(message)
    content = message["content"]
    template: Any = (
        _template(content, template_format)
        if isinstance(content, str)
        else [_part(part, template_format) for part in content]
    )
    if role in _ROLES:
        name = f"{_ROLES[role]}MessagePromptTemplate"
        return _constructor([*_CHAT, name], {"prompt": template}, named=False)
    if isinstance(template, list):
        raise BadRequest(f"a message with parts is of system, user or assistant, not of {role!r}")
    kwargs = {"prompt": template, "role": role}
    return _constructor([*_CHAT, "ChatMessagePromptTemplate"], kwargs, named=False)


def _literal(message: Json) -> Json:
    classes = {"system": "System", "user": "Human", "assistant": "AI", "tool": "Tool"}
    types = {"system": "system", "user": "human", "assistant": "ai", "tool": "tool"}
    role = message["role"]
    if role not in classes:
        kwargs = {"content": message["content"], "type": "chat", "role": role}
        return _constructor(["langchain", "schema", "messages", "ChatMessage"], kwargs, named=False)
    more = {k: message[k] for k in ("tool_calls", "tool_call_id") if message.get(k)}
    kwargs = {"content": message["content"], "type": types[role], **more}
    name = f"{classes[role]}Message"
    return _constructor(["langchain", "schema", "messages", name], kwargs, named=False)


def _template(text: str, template_format: str) -> Json:
    kwargs = {
        "input_variables": sorted(set(templates.variables(text, template_format))),
        "template": text,
        "template_format": template_format,
    }
    return _constructor(_TEXT_ID, kwargs)


def _part(part: Json, template_format: str) -> Json:
    if part.get("type") == "text" and isinstance(part.get("text"), str):
        return _template(part["text"], template_format)
    names = sorted({n for text in texts(part) for n in templates.variables(text, template_format)})
    if part.get("type") == "image_url":
        image = part.get("image_url")
        template = {"url": image} if isinstance(image, str) else image
        kwargs = {
            "input_variables": names,
            "template": template,
            "template_format": template_format,
        }
        return _constructor(["langchain", "prompts", "image", "ImagePromptTemplate"], kwargs)
    kwargs = {"template": part, "template_format": template_format}
    return _constructor(["langchain_core", "prompts", "dict", "DictPromptTemplate"], kwargs)


def _model_constructor(model: object, parameters: Json) -> Json:
    if isinstance(model, str):
        provider, _, name = model.partition("/") if "/" in model else ("", "", model)
        model = {"provider": provider, "name": name}
    if not isinstance(model, dict) or not isinstance(model.get("name"), str) or not model["name"]:
        raise BadRequest('model is a name, or {"provider", "name"}')
    provider = str(model.get("provider") or _guessed(model["name"]))
    # A provider of one's own stands beside the class that fits its model best.
    vendor = provider if provider in _MODELS else _guessed(model["name"])
    ids, model_key, secret_key, secret = _MODELS[vendor]
    kwargs: Json = {model_key: model["name"], **parameters}
    if provider != vendor:
        own = {_OWN: checked_name(provider)}
        kwargs["metadata"] = {**_object(parameters.get("metadata")), **own}
    if secret_key:
        kwargs[secret_key] = {"lc": 1, "type": "secret", "id": [secret]}
    return _constructor(ids, kwargs)


def _guessed(name: str) -> str:
    """Who makes a model of this name; else whoever speaks OpenAI's protocol."""
    return next((provider for start, provider in _BY_NAME if name.startswith(start)), "openai")


# ---- small parts


def _constructor(ids: Sequence[str], kwargs: Json, *, named: bool = True) -> Json:
    made: Json = {"lc": 1, "type": "constructor", "id": list(ids), "kwargs": kwargs}
    return made | {"name": ids[-1]} if named else made


def _class(given: object) -> str:
    """The last word of an id: ["langchain", …, "PromptTemplate"]."""
    ids = given.get("id") if isinstance(given, dict) else None
    if isinstance(ids, list):
        return str(ids[-1]) if ids else ""
    return str(ids) if ids else ""


def _kwargs(given: object) -> Json:
    return _object(given.get("kwargs")) if isinstance(given, dict) else {}


def _object(given: object) -> Json:
    return given if isinstance(given, dict) else {}


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and value.get("type") == "secret"
