"""A plant whose faults are known: telemetry to try the whole road on, from raw rows to a report on its anomalies.

    plant = Plant(rows=5_000_000, machines=20, seed=100)
    plant.write("plant")            telemetry/*.parquet, and apart from it the truth: faults.parquet, plant.json

What the plant is made of stands in docs/architecture/plant.md.
"""

from __future__ import annotations

from emberharmony.demo.faults import AMPLITUDES, KINDS
from emberharmony.demo.machine import MODES, SENSORS, Sensor
from emberharmony.demo.plant import Plant

__all__ = ["AMPLITUDES", "KINDS", "MODES", "SENSORS", "Plant", "Sensor"]
