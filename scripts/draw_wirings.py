"""Draw the wirings that the documentation shows, into docs/_static/wirings/."""

from __future__ import annotations

from pathlib import Path

from emberharmony.nn.wirings import NCP, AutoNCP, FullyConnected, Layered, Random
from emberharmony.viz import draw_wiring

OUT = Path(__file__).resolve().parent.parent / "docs" / "_static" / "wirings"
SHOWN = {
    "auto_ncp": AutoNCP(20, 3, seed=3),
    "ncp": NCP(8, 6, 2, sensory_fanout=3, inter_fanout=2, recurrent_command_synapses=4, motor_fanin=3),
    "layered": Layered([6, 5, 4, 2], fanouts=[2, 2, 2], motor_fanin=2, recurrent=[0, 3, 3, 0]),
    "fully_connected": FullyConnected(6, 2),
    "random": Random(12, 3, sparsity_level=0.7),
}


def main() -> None:
    """Draw all of them, each with four inputs."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name, recipe in SHOWN.items():
        title = f"{type(recipe).__name__}, {recipe.units} neurons"
        (OUT / f"{name}.svg").write_text(draw_wiring(recipe.build(4), title=title).svg)


if __name__ == "__main__":
    main()
