"""What scikit-learn asks of an estimator, and what all of ours share: the settings, and files."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from emberharmony.backend import registry
from emberharmony.errors import ArgumentError
from emberharmony.models import files
from emberharmony.models.fitting import check_fitted, network_for
from emberharmony.models.scaling import blank

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike

    from emberharmony.models.network import Network
    from emberharmony.models.scaling import Scaling

__all__ = ["LiquidEstimator"]

ROUTED = ("timespans", "times", "mask", "context", "sample_weight")


@dataclass(eq=False, repr=False, kw_only=True)
class LiquidEstimator:
    """The settings of every liquid estimator. They are looked at in `fit`, as scikit-learn wants it.

    - `units` neurons in each of `layers` layers of `cell` "ltc" or "cfc"; a `wiring` (`nn.AutoNCP(...)`) instead of
      `units` says how they are connected. `bidirectional` layers read from both ends.
    - `scale`: inputs, time spans and targets of regression are standardised by the training data.
    - `rate` is the highest learning rate of AdamW with weight `decay`, by default 0.02 for "ltc" and 0.003 for "cfc".
      It rises during the first tenth of the steps and falls along a cosine to zero. `clip_norm` bounds the gradient.
    - `patience`: a part `validation` of the training data is held out, and the run ends after so many epochs in which
      the loss on it did not become better, with the best network. None: all data and all `epochs` are used.
    - `seed` decides everything that is random: the same bits twice, for any number of threads.
    - `backend` to compute on, the current one by default, in `dtype`.
    - `checkpoint`: a folder; a fit that was killed goes on where it was when it is called again with the same data.
    - `verbose` shows the progress on stderr, where that is a terminal.
    """

    units: int = 32
    cell: str = "ltc"
    wiring: Any = None
    layers: int = 1
    bidirectional: bool = False
    mixed_memory: bool = False
    scale: bool = True
    rate: float | None = None
    decay: float = 0.01
    clip_norm: float | None = 1.0
    epochs: int = 100
    batch_size: int = 16
    patience: int | None = None
    validation: float = 0.1
    seed: int = 0
    backend: str | None = None
    dtype: str = "float32"
    checkpoint: str | PathLike[str] | None = None
    verbose: bool = False

    network_: Network = field(init=False)
    scaling_: Scaling = field(init=False)
    history_: list[dict[str, float]] = field(init=False)  # a record for each epoch
    n_features_in_: int = field(init=False)
    is_table_: bool = field(init=False)  # whether X was (N, T)
    is_timed_: bool = field(init=False)  # whether there were time spans

    _kind: ClassVar[str | None] = None  # for scikit-learn

    # -- scikit-learn --

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.init}

    def set_params(self, **settings: Any) -> Self:
        """Change settings; they count from the next `fit` on."""
        known = self.get_params()
        for name, value in settings.items():
            if name not in known:
                raise ArgumentError(
                    f"{type(self).__name__} has no setting {name!r}", expected=f"one of {', '.join(known)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = [
            f"{field.name}={value!r}"
            for field in dataclasses.fields(self)
            if field.init and (value := getattr(self, field.name)) is not field.default and value != field.default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "network_")

    def __sklearn_tags__(self) -> Any:
        utils: Any = importlib.import_module("sklearn.utils")
        return utils.Tags(
            estimator_type=self._kind,
            target_tags=utils.TargetTags(
                required=self._kind in ("classifier", "regressor"), multi_output=self._kind == "regressor"
            ),
            classifier_tags=utils.ClassifierTags() if self._kind == "classifier" else None,
            regressor_tags=utils.RegressorTags() if self._kind == "regressor" else None,
            input_tags=utils.InputTags(three_d_array=True, allow_nan=True),
        )

    def get_metadata_routing(self) -> Any:
        """What scikit-learn, when it routes metadata, hands to each method: times, masks and weights."""
        routing: Any = importlib.import_module("sklearn.utils.metadata_routing")
        request = routing.MetadataRequest(owner=self)
        for method in ("fit", "predict", "predict_proba", "decision_function", "score"):
            known = inspect.signature(getattr(self, method)).parameters if hasattr(self, method) else ()
            for name in ROUTED:
                if name in known:
                    getattr(request, method).add_request(param=name, alias=True)
        return request

    # -- files --

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted estimator to one `.safetensors` file, whole or not at all; nothing in it is code.

        Where checkpoints are kept is not part of it.
        """
        check_fitted(self, "save")
        settings = {name: value for name, value in self.get_params().items() if name != "checkpoint"}
        files.save(path, type(self).__name__, settings, *self._fitted())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """The estimator that `save` wrote: the same settings, the same predictions."""
        settings, plain = files.about(path, cls.__name__)
        estimator = cls(**settings)
        with registry.use_backend("numpy"):
            estimator._restore(plain, files.arrays(path, estimator._template(plain)))
        return estimator

    def _fitted(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What `fit` has found: plain values, and a tree of arrays."""
        plain = {
            "n_features_in": self.n_features_in_,
            "is_table": self.is_table_,
            "is_timed": self.is_timed_,
            "features": self.scaling_.centre.shape[0],
            "inputs": self.network_.body.input_size,
            "outputs": self.network_.head.bias.shape[0],
            "pool": self.network_.pool,
            "pace": self.network_.pace,
            "history": self.history_,
        }
        return plain, {"network": self.network_, "scaling": self.scaling_}

    def _template(self, plain: dict[str, Any]) -> dict[str, Any]:
        """A tree like that of `_fitted`, whose values are to be replaced."""
        made = network_for(self, plain["inputs"], plain["outputs"], plain["pool"], plain["pace"])
        return {"network": made, "scaling": blank(plain["features"])}

    def _restore(self, plain: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Be fitted as `_fitted` told."""
        self.network_, self.scaling_ = arrays["network"], arrays["scaling"]
        self.n_features_in_, self.is_table_ = plain["n_features_in"], plain["is_table"]
        self.is_timed_, self.history_ = plain["is_timed"], plain["history"]
