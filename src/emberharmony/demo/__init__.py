"""The main job, from raw rows to a report on their anomalies; and a plant whose faults are known, to try it on.

    Job(Plant(rows=5_000_000), "work", "report.html").run()
    Job(Telemetry.of_file("pumps.csv", "time", entity="pump"), "work", "report.html").run()

`emberharmony demo` is the same as a command. What the plant is made of stands in docs/architecture/plant.md, and how
the job is done in docs/architecture/main_job.md.
"""

from __future__ import annotations

from emberharmony.demo.faults import AMPLITUDES, KINDS
from emberharmony.demo.job import Job, Result
from emberharmony.demo.machine import MODES, SENSORS, Sensor
from emberharmony.demo.plant import Plant
from emberharmony.demo.telemetry import Stretch, Telemetry

__all__ = ["AMPLITUDES", "KINDS", "MODES", "SENSORS", "Job", "Plant", "Result", "Sensor", "Stretch", "Telemetry"]
