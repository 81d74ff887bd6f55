"""Networks of the package ncps 1.0 (its PyTorch part) as ours, and ours as its."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, MissingPackageError
from emberharmony.nn.cells.cfc import CfCCell
from emberharmony.nn.cells.ltc import LTCCell
from emberharmony.nn.cells.mixed_memory import MixedMemoryCell
from emberharmony.nn.cells.wired_cfc import WiredCfCCell
from emberharmony.nn.layers.recurrent import LTC, CfC
from emberharmony.nn.modules import replace
from emberharmony.nn.wirings import Wiring
from emberharmony.ops import random

if TYPE_CHECKING:
    from emberharmony.nn.cells.synapses import Synapses
    from emberharmony.nn.linear import Linear

__all__ = ["from_ncps", "to_ncps"]

ACTIVATIONS = {"LeCun": "lecun_tanh", "Tanh": "tanh", "ReLU": "relu", "SiLU": "silu", "GELU": "gelu"}
POSITIVE = {"capacity": "cm", "leak": "gleak", "rest": "vleak"}
SYNAPSES = ("w", "sigma", "mu", "erev")


# -- theirs to ours --


def from_ncps(network: Any) -> LTC | CfC:
    """An `ncps.torch` LTC or CfC as a layer with the same wiring, weights and numbers, on the current backend.

    States have the same form. A wired CfC comes with `compat="ncps"`. Only `batch_first=True`, their default.

    >>> import ncps.torch, ncps.wirings
    >>> layer = from_ncps(ncps.torch.LTC(3, ncps.wirings.AutoNCP(16, 4)))
    >>> layer(ops.ones((2, 5, 3), dtype="float32"))[0].shape == (2, 5, 4)
    True
    """
    kind = type(network).__name__
    if not type(network).__module__.startswith("ncps.torch") or kind not in ("LTC", "CfC"):
        raise ArgumentError(
            f"from_ncps got {type(network).__module__}.{kind}", expected="an LTC or a CfC of ncps.torch"
        )
    if not network.batch_first:
        raise ArgumentError("from_ncps got a network with batch_first=False", expected="batch_first=True")
    weights = {name: _ours(x) for name, x in network.state_dict().items()}
    made: Any = _ltc(network, weights) if kind == "LTC" else _cfc(network, weights)
    if network.use_mixed:
        lstm = replace(
            made.cell.lstm,
            input_weight=_t(weights["lstm.input_map.weight"]),
            recurrent_weight=_t(weights["lstm.recurrent_map.weight"]),
            bias=weights["lstm.input_map.bias"],
        )
        made = replace(made, cell=replace(made.cell, lstm=lstm))
    if "fc.weight" in weights:
        made = replace(made, projection=_linear(made.projection, weights, "fc"))
    return made


def _ltc(network: Any, weights: dict[str, Any]) -> LTC:
    cell = network.rnn_cell
    wiring = _wiring(cell._wiring, int(cell._wiring.output_dim))
    layer = LTC(
        wiring.inputs,
        wiring,
        key=random.key(0),
        return_sequences=network.return_sequences,
        mixed_memory=network.use_mixed,
        input_mapping=_mapping(cell._input_mapping),
        output_mapping=_mapping(cell._output_mapping),
        ode_unfolds=cell._ode_unfolds,
        epsilon=cell._epsilon,
        implicit_param_constraints=cell._implicit_param_constraints,
        dtype=weights["rnn_cell.cm"].dtype,
    )
    own: Any = _liquid(layer)
    theirs = {name: weights[f"rnn_cell.{name}"] for name in _names(own)}
    parts: dict[str, Any] = {ours: theirs[name] for ours, name in POSITIVE.items()}
    parts |= {f"{end}_{kind}": theirs[name] for end, kind, name in _maps(own)}
    for ours, prefix in (("inputs", "sensory_"), ("neurons", "")):
        synapses: Synapses = getattr(own, ours)
        places = _places(synapses)
        listed = {name: ops.take(ops.reshape(theirs[prefix + name], (-1,)), places) for name in SYNAPSES}
        parts[ours] = replace(synapses, **listed)
    return _with_liquid(layer, replace(own, **parts))


def _cfc(network: Any, weights: dict[str, Any]) -> CfC:
    cell = network.rnn_cell
    proj = None if network.proj_size is None else int(network.proj_size)
    if network.return_sequences is None:
        raise ArgumentError("from_ncps got return_sequences=None", expected="True or False")
    common: dict[str, Any] = {
        "key": random.key(0),
        "proj_size": proj,
        "return_sequences": network.return_sequences,
        "mixed_memory": network.use_mixed,
        "dtype": next(iter(weights.values())).dtype,
    }
    if type(cell).__name__ == "WiredCfCCell":
        theirs = cell._wiring
        last = len(theirs.get_neurons_of_layer(theirs.num_layers - 1))  # it gives all of its last layer
        wiring = _wiring(theirs, last)
        layer = CfC(wiring.inputs, wiring, mode=cell._layers[0].mode, compat="ncps", **common)
        own: Any = _liquid(layer)
        cells = [_closed(c, weights, f"rnn_cell.layer_{i}") for i, c in enumerate(own.layers)]
        return _with_liquid(layer, replace(own, layers=tuple(cells)))
    backbone: list[Any] = [] if cell.backbone is None else [*cell.backbone]
    layers = [m for m in backbone if hasattr(m, "weight")]
    drops = [m.p for m in backbone if type(m).__name__ == "Dropout"]
    layer = CfC(
        cell.input_size,
        cell.hidden_size,
        mode=cell.mode,
        activation="lecun_tanh" if not layers else ACTIVATIONS[type(backbone[1]).__name__],
        backbone_units=layers[0].weight.shape[0] if layers else None,
        backbone_layers=len(layers),
        backbone_dropout=drops[0] if drops else 0.0,
        **common,
    )
    return _with_liquid(layer, _closed(_liquid(layer), weights, "rnn_cell"))


def _closed(cell: CfCCell, weights: dict[str, Any], prefix: str) -> CfCCell:
    """A cell with the weights that stand below a prefix."""
    places = sorted(
        {int(name.split(".")[-2]) for name in weights if name.startswith(f"{prefix}.backbone.")}
    )  # activations and dropouts count too
    backbone = [_linear(own, weights, f"{prefix}.backbone.{i}") for own, i in zip(cell.backbone, places, strict=True)]
    heads = ("ff1", "ff2", "time_a", "time_b")
    parts: dict[str, Any] = {
        name: _linear(getattr(cell, name), weights, f"{prefix}.{name}")
        for name in heads
        if getattr(cell, name) is not None
    }
    if cell.w_tau is not None:
        parts |= {"w_tau": weights[f"{prefix}.w_tau"][0], "a": weights[f"{prefix}.A"][0]}
    return replace(cell, backbone=tuple(backbone), **parts)


def _linear(own: Any, weights: dict[str, Any], prefix: str) -> Linear:
    return replace(own, weight=_t(weights[f"{prefix}.weight"]), bias=weights[f"{prefix}.bias"])


def _wiring(theirs: Any, outputs: int) -> Wiring:
    def triples(matrix: Any) -> list[tuple[int, int, int]]:
        return [(i, j, int(sign)) for i, row in enumerate(matrix.tolist()) for j, sign in enumerate(row) if sign]

    return Wiring(
        theirs.units,
        int(theirs.input_dim),
        outputs,
        layers=[[int(i) for i in theirs.get_neurons_of_layer(k)] for k in range(theirs.num_layers)],
        synapses=triples(theirs.adjacency_matrix),
        sensory=triples(theirs.sensory_adjacency_matrix),
    )


# -- ours to theirs --


def to_ncps(layer: LTC | CfC) -> Any:
    """Our LTC or CfC as a network of `ncps.torch`, which has to be installed, with copies of the weights.

    What ncps does not have is refused: other solvers than `fused`, the mode `solution`, and a wired CfC without
    `compat="ncps"`.

    >>> from emberharmony.ops import random
    >>> network = to_ncps(CfC(3, 8, key=random.key(0)))
    >>> network.rnn_cell.ff1.weight.shape == (8, 128)
    True
    """
    try:
        theirs, wirings = importlib.import_module("ncps.torch"), importlib.import_module("ncps.wirings")
    except ImportError as missing:
        raise MissingPackageError(
            f"to_ncps needs a package that is not there: {missing}", mend="pip install ncps torch"
        ) from None
    given: Any = layer
    cell: Any = _liquid(layer) if isinstance(given, LTC | CfC) else None
    common: dict[str, Any] = {}
    if cell is not None:
        common = {
            "return_sequences": layer.return_sequences,
            "mixed_memory": isinstance(layer.cell, MixedMemoryCell),
        }
    weights: dict[str, Any]
    if isinstance(cell, LTCCell) and cell.solver == "fused" and layer.projection is None:
        network = theirs.LTC(
            cell.input_size,
            _their_wiring(wirings, cell.wiring),
            input_mapping=cell.input_weight is not None and ("affine" if cell.input_bias is not None else "linear"),
            output_mapping=cell.output_weight is not None and ("affine" if cell.output_bias is not None else "linear"),
            ode_unfolds=cell.ode_unfolds,
            epsilon=cell.epsilon,
            implicit_param_constraints=cell.implicit_param_constraints,
            **common,
        )
        weights = _ltc_weights(cell)
    elif isinstance(cell, CfCCell) and cell.mode != "solution":
        network = theirs.CfC(
            cell.input_size,
            cell.output_size,
            mode=cell.mode,
            activation=cell.activation,
            proj_size=None if layer.projection is None else layer.output_size,
            backbone_units=cell.backbone[0].bias.shape[0] if cell.backbone else 1,
            backbone_layers=len(cell.backbone),
            backbone_dropout=cell.dropout,
            **common,
        )
        names = [
            f"rnn_cell.backbone.{i}" for i, m in enumerate(network.rnn_cell.backbone or ()) if hasattr(m, "weight")
        ]
        weights = _cfc_weights(cell, names, "rnn_cell")
    elif isinstance(cell, WiredCfCCell) and cell.compat == "ncps" and cell.layers[0].mode != "solution":
        proj = None if layer.projection is None else layer.output_size
        wiring = _their_wiring(wirings, cell.wiring)
        network = theirs.CfC(cell.input_size, wiring, mode=cell.layers[0].mode, proj_size=proj, **common)
        weights = {}
        for i, part in enumerate(cell.layers):
            weights |= _cfc_weights(part, [], f"rnn_cell.layer_{i}")
    else:
        raise ArgumentError(
            f"to_ncps got {layer!r:.300}",
            expected="LTC, fused and without projection, or CfC in a mode of ncps and, if wired, with compat='ncps'",
        )
    if isinstance(layer.cell, MixedMemoryCell):
        lstm = layer.cell.lstm
        weights |= {
            "lstm.input_map.weight": _t(lstm.input_weight),
            "lstm.recurrent_map.weight": _t(lstm.recurrent_weight),
            "lstm.input_map.bias": lstm.bias,
        }
    if layer.projection is not None:
        weights |= _linear_weights(layer.projection, "fc")
    return _loaded(network, weights)


def _loaded(network: Any, weights: dict[str, Any]) -> Any:
    tensors = {name: ops.convert(ops.stop_gradient(x), "torch", copy=True) for name, x in weights.items()}
    network = network.to(next(iter(tensors.values())).dtype)
    whole = network.state_dict()
    masks = {name: whole[name] for name in whole if name.endswith("sparsity_mask")}
    network.load_state_dict(masks | tensors)
    return network


def _ltc_weights(cell: LTCCell) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(cell, ours) for ours, name in POSITIVE.items()}
    found |= {name: getattr(cell, f"{end}_{kind}") for end, kind, name in _maps(cell)}
    for synapses, prefix, rows in ((cell.inputs, "sensory_", cell.input_size), (cell.neurons, "", cell.wiring.units)):
        for name in SYNAPSES:
            x = getattr(synapses, name)
            # where there is no synapse any number will do but for a slope, which must not make an infinity
            matrix = ops.made_like(x, "zeros", (rows * cell.wiring.units,), dtype=x.dtype)
            matrix = ops.at(matrix)[_places(synapses)].set(x)
            found[prefix + name] = ops.reshape(matrix, (rows, cell.wiring.units))
    return {f"rnn_cell.{name}": x for name, x in found.items()}


def _cfc_weights(cell: CfCCell, backbone: list[str], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for layer, name in zip(cell.backbone, backbone, strict=True):
        found |= _linear_weights(layer, name)
    for name in ("ff1", "ff2", "time_a", "time_b"):
        if getattr(cell, name) is not None:
            found |= _linear_weights(getattr(cell, name), f"{prefix}.{name}")
    if cell.w_tau is not None and cell.a is not None:
        found |= {f"{prefix}.w_tau": cell.w_tau[None], f"{prefix}.A": cell.a[None]}
    return found


def _linear_weights(layer: Linear, prefix: str) -> dict[str, Any]:
    return {f"{prefix}.weight": _t(layer.weight), f"{prefix}.bias": layer.bias}


def _their_wiring(wirings: Any, wiring: Wiring) -> Any:
    class Given(wirings.Wiring):
        """A wiring whose layers are known."""

        @property
        def num_layers(self) -> int:
            return wiring.num_layers

        def get_neurons_of_layer(self, layer_id: int) -> list[int]:
            return list(wiring.layers[layer_id])

    made: Any = Given(wiring.units)
    made.set_input_dim(wiring.inputs)
    made.set_output_dim(wiring.outputs)
    for synapse in wiring.synapses:
        made.add_synapse(*synapse)
    for synapse in wiring.sensory:
        made.add_sensory_synapse(*synapse)
    return made


# -- both ways --


def _liquid(layer: LTC | CfC) -> Any:
    return layer.cell.cell if isinstance(layer.cell, MixedMemoryCell) else layer.cell


def _with_liquid(layer: Any, cell: Any) -> Any:
    return replace(layer, cell=replace(layer.cell, cell=cell) if isinstance(layer.cell, MixedMemoryCell) else cell)


def _names(cell: LTCCell) -> list[str]:
    prefixed = [prefix + name for prefix in ("sensory_", "") for name in SYNAPSES]
    return [*POSITIVE.values(), *prefixed, *(name for _, _, name in _maps(cell))]


def _maps(cell: LTCCell) -> list[tuple[str, str, str]]:
    """The linear maps that a cell has: (which end, which field, their name)."""
    every = [(end, kind, f"{end}_{kind[0]}") for end in ("input", "output") for kind in ("weight", "bias")]
    return [row for row in every if getattr(cell, f"{row[0]}_{row[1]}") is not None]


def _mapping(value: Any) -> str | None:
    return value if value in ("affine", "linear") else None


def _places(synapses: Synapses) -> Any:
    """Where each synapse stands in a matrix (sources, targets) that is read row by row."""
    source: Any = synapses.source
    return source * synapses.targets + synapses.target


def _ours(x: Any) -> Any:
    return ops.convert(x.detach(), registry.current().name, copy=True)


def _t(x: Any) -> Any:
    return ops.permute_dims(x, (1, 0))
