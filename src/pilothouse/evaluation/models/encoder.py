"""A BERT encoder of sentences as an ONNX graph: hidden states, their mean, length one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pilothouse.evaluation.extras import required
from pilothouse.evaluation.models.weights import Weights

_OPSET = 20  # the first with Gelu
_FAR = -10_000.0  # added to the scores of padding: nothing of it is left after softmax


def encoder(weights: Weights) -> Callable[[Any, Any], Any]:
    """What makes vectors of token ids and their mask, a row a text.

    The graph refers to the tensors in memory, so that no second file of 90 MB is ever written.
    Raises ImportError without the extra `local`.
    """
    onnxruntime = required("onnxruntime", extra="local")
    graph = _Graph(weights)
    model = graph.model()
    tensors = graph.tensors  # the session reads them where they are: they live as long as it does
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # a thread that waits by spinning burns a third of the time, and keeps other work off the core
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in tensors.values()]
    options.add_external_initializers(list(tensors), values)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )

    def vectors(ids: Any, mask: Any, _kept: Any = tensors) -> Any:
        return session.run(None, {"ids": ids, "mask": mask})[0]

    return vectors


class _Graph:
    """The nodes of an encoder, one after the other."""

    def __init__(self, weights: Weights) -> None:
        import numpy as np

        self.onnx = required("onnx", extra="local")
        self.np = np
        self.weights = weights
        self.tensors: dict[str, Any] = {}
        self.nodes: list[Any] = []
        self.small: list[Any] = []
        config = weights.config
        if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
            raise ValueError(f"the model is a {config.get('model_type')!r}: give one like BERT")
        self.heads = int(config["num_attention_heads"])
        self.width = int(config["hidden_size"])
        self.epsilon = float(config["layer_norm_eps"])

    def model(self) -> Any:
        """The whole graph, its tensors left outside."""
        kind, helper = self.onnx.TensorProto, self.onnx.helper
        hidden = self._embedded()
        bias = self._bias()
        for layer in range(int(self.weights.config["num_hidden_layers"])):
            hidden = self._layer(hidden, bias, f"encoder.layer.{layer}")
        pooled = self._pooled(hidden)
        shape = ["texts", "tokens"]
        graph = helper.make_graph(
            self.nodes,
            "encoder",
            [helper.make_tensor_value_info(name, kind.INT64, shape) for name in ("ids", "mask")],
            [helper.make_tensor_value_info(pooled, kind.FLOAT, ["texts", self.width])],
            [*self.small, *map(self._outside, self.tensors)],
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9
        )

    def _embedded(self) -> str:
        """Words and positions; all tokens are of the first type."""
        at = self.weights.tensor("embeddings.position_embeddings.weight")
        types = self.weights.tensor("embeddings.token_type_embeddings.weight")
        words = self._kept("words", self.weights.tensor("embeddings.word_embeddings.weight"))
        places = self._kept("places", at + types[0])
        # a slice of the table: the usual Range makes ONNX Runtime's fusion of this part fail
        shape = self._node("Shape", "ids", start=1, end=2)
        zero = self._ints("zero", [0])
        some = self._node("Slice", places, zero, shape, zero)
        return self._norm(
            self._node("Add", self._node("Gather", words, "ids"), some), "embeddings.LayerNorm"
        )

    def _bias(self) -> str:
        """What keeps attention from padding."""
        padded = self._node("Sub", self._floats("one", [1.0]), self._mask())
        far = self._node("Mul", padded, self._floats("far", [_FAR]))
        return self._node("Unsqueeze", far, self._ints("middle", [1, 2]))

    def _layer(self, hidden: str, bias: str, name: str) -> str:
        own = f"{name}.attention.self"
        query, key, value = (
            self._split(self._dense(hidden, f"{own}.{part}")) for part in ("query", "key", "value")
        )
        turned = self._node("Transpose", key, perm=[0, 1, 3, 2])
        scores = self._node("MatMul", query, turned)
        scale = self._floats("scale", [float((self.width // self.heads) ** -0.5)])
        scores = self._node("Add", self._node("Mul", scores, scale), bias)
        seen = self._node("MatMul", self._node("Softmax", scores, axis=-1), value)
        seen = self._node("Transpose", seen, perm=[0, 2, 1, 3])
        seen = self._node("Reshape", seen, self._ints("joined", [0, 0, self.width]))
        seen = self._dense(seen, f"{name}.attention.output.dense")
        hidden = self._norm(self._node("Add", seen, hidden), f"{name}.attention.output.LayerNorm")
        wide = self._node("Gelu", self._dense(hidden, f"{name}.intermediate.dense"))
        out = self._dense(wide, f"{name}.output.dense")
        return self._norm(self._node("Add", out, hidden), f"{name}.output.LayerNorm")

    def _pooled(self, hidden: str) -> str:
        """The mean over the tokens that are no padding, of length one."""
        axes = self._ints("tokens_axis", [1])
        weight = self._node("Unsqueeze", self._mask(), self._ints("last", [2]))
        total = self._node("ReduceSum", self._node("Mul", hidden, weight), axes, keepdims=0)
        count = self._node("ReduceSum", weight, axes, keepdims=0)
        mean = self._node("Div", total, count)
        length = self._node("ReduceL2", mean, axes, keepdims=1)
        return self._node("Div", mean, length)

    def _mask(self) -> str:
        return self._node("Cast", "mask", to=self.onnx.TensorProto.FLOAT)

    def _split(self, states: str) -> str:
        """The states by head."""
        shape = self._ints("heads", [0, 0, self.heads, self.width // self.heads])
        return self._node("Transpose", self._node("Reshape", states, shape), perm=[0, 2, 1, 3])

    def _dense(self, states: str, name: str) -> str:
        turned = self.np.ascontiguousarray(self.weights.tensor(f"{name}.weight").T)
        product = self._node("MatMul", states, self._kept(f"{name}.weight", turned))
        bias = self._kept(f"{name}.bias", self.weights.tensor(f"{name}.bias"))
        return self._node("Add", product, bias)

    def _norm(self, states: str, name: str) -> str:
        scale, bias = (
            self._kept(f"{name}.{part}", self.weights.tensor(f"{name}.{part}"))
            for part in ("weight", "bias")
        )
        return self._node("LayerNormalization", states, scale, bias, epsilon=self.epsilon, axis=-1)

    def _node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self.nodes)}"
        made = self.onnx.helper.make_node(kind, list(inputs), [name], name=name, **attributes)
        self.nodes.append(made)
        return name

    def _kept(self, name: str, array: Any) -> str:
        self.tensors[name] = self.np.ascontiguousarray(array)
        return name

    def _outside(self, name: str) -> Any:
        """A tensor that is named in the graph and lies in memory."""
        array = self.tensors[name]
        proto = self.onnx.TensorProto
        tensor = proto(name=name, dims=array.shape, data_type=proto.FLOAT)
        tensor.data_location = proto.EXTERNAL
        tensor.external_data.add(key="location", value="memory")
        return tensor

    def _ints(self, name: str, values: list[int]) -> str:
        return self._constant(name, self.onnx.TensorProto.INT64, values)

    def _floats(self, name: str, values: list[float]) -> str:
        return self._constant(name, self.onnx.TensorProto.FLOAT, values)

    def _constant(self, name: str, kind: int, values: list[Any]) -> str:
        if all(tensor.name != name for tensor in self.small):
            made = self.onnx.helper.make_tensor(name, kind, [len(values)], values)
            self.small.append(made)
        return name
