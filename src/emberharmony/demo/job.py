"""The main job: from raw rows to a report on their anomalies, in stages that are each done once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emberharmony.backend import registry
from emberharmony.demo import report
from emberharmony.demo.baselines import BASELINES, Baseline
from emberharmony.demo.journal import Journal, Note
from emberharmony.demo.plant import Plant
from emberharmony.demo.stages.summary import OURS, summary
from emberharmony.demo.telemetry import Telemetry
from emberharmony.errors import ArgumentError, MissingPackageError
from emberharmony.features.flow.checkpoint import write_atomically
from emberharmony.features.flow.memory import parse_bytes
from emberharmony.features.sources import frozen

if TYPE_CHECKING:
    from emberharmony.features.sources.source import Source

__all__ = ["Job", "Result"]

MEMORY = "1GB"  # for the engine that streams the features; the rest needs about as much again


@dataclass(frozen=True)
class Result:
    """Where the report and the alarms are, and what the report says first."""

    report: Path
    alarms: Path
    verdict: str
    data: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Job:
    """Find the anomalies in telemetry, compare with simpler methods, and write it down.

    `subject` is a `Plant`, which is generated first, or a `Telemetry`. Everything is kept in the folder `work`: a call
    that was interrupted, by Ctrl-C or by a loss of power, is gone on with by the next one. `report` is the page, and
    beside it lies a table of alarms.

    - `seed` decides the weights and the windows that are drawn; `baselines` are what is compared with where there is a
      truth or a label.
    - `tell(stage, note)` is called when a stage begins, and when it is done; `progress` gets the events of the features
      and of scoring; `verbose` shows the progress of the training on stderr, where that is a terminal.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> plant = Plant(rows=20_000, machines=2, fault_every_hours=1.0)
    >>> result = Job(plant, folder / "work", folder / "report.html", epochs=1, baselines=()).run()
    >>> result.alarms.name
    'report_alarms.csv'
    """

    subject: Plant | Telemetry
    work: str | Path
    report: str | Path
    seed: int = 0
    epochs: int = 40
    baselines: tuple[Baseline, ...] = BASELINES
    workers: int = 2
    memory: str | int = MEMORY
    verbose: bool = False
    tell: Callable[[str, Note], Any] | None = None
    progress: Callable[[Any], None] | None = None
    command: str = ""

    def run(self) -> Result:
        """Do what is not done yet; the page is written anew each time."""
        self._check()
        # NumPy is the fastest on a CPU; and what is kept must not depend on the choice
        with registry.use_backend("numpy"), Journal(Path(self.work), self.tell) as journal:
            return self._run(journal)

    def _run(self, journal: Journal) -> Result:
        from emberharmony.demo.stages import features, methods, profile, scoring, training, verdict
        from emberharmony.models import LiquidAnomalyDetector

        folder = journal.folder
        ways: dict[str, Any] = {"workers": self.workers, "progress": self.progress}
        telemetry = self._telemetry(journal)

        def rows() -> Source:  # a stream is staged once, and found again
            return frozen(telemetry.source(), folder / "profile" / "rows")

        # what another version has made is not taken for this one's
        about = {"version": version("emberharmony"), **telemetry.definition}
        described = journal.stage("profile", about, lambda _: profile.profile(telemetry, rows(), **ways))
        made = journal.stage(
            "features",
            {},
            lambda here: features.make_features(telemetry, described, rows(), here, memory=self.memory, **ways),
        )
        columns = features.columns_of(telemetry, described, made)
        source = features.read_features(telemetry, folder / "features", workers=self.workers, memory=self.memory)
        trained = journal.stage(
            "training",
            {"seed": self.seed, "epochs": self.epochs, "settings": training.SETTINGS},
            lambda here: training.train(
                source, columns, here, seed=self.seed, epochs=self.epochs, verbose=self.verbose
            ),
        )
        detector = LiquidAnomalyDetector.load(folder / "training" / training.DETECTOR)
        names = trained["names"]

        def score(name: str, about: Any, scorer: Callable[[Path], Any]) -> dict[str, Any]:
            return journal.stage(
                name,
                about,
                lambda here: scoring.write_scores(
                    source, columns, trained["share"], scorer(here), here / "scores", self.progress, name
                ),
            )

        score("scoring", {}, lambda _: methods.liquid(detector, names))
        folders, missing = {OURS: folder / "scoring" / "scores"}, dict[str, str]()
        known = telemetry.truth is not None or telemetry.label is not None
        for which in self.baselines if known else ():  # else nobody could say which is better
            try:
                score(
                    which.name,
                    repr(which),
                    lambda here, which=which: methods.baseline(
                        which, source, columns, names, here, verbose=self.verbose
                    ),
                )
                folders[which.name] = folder / which.name / "scores"
            except MissingPackageError as problem:
                missing[which.name] = str(problem)
        found = journal.stage(
            "verdict",
            {"not run": missing, "truth": telemetry.truth, "units": dict(telemetry.units)},
            lambda _: verdict.judged(telemetry, source, columns, folders, detector, names, made["scales"]),
        )
        alarms = Path(self.report).with_name(Path(self.report).stem + "_alarms.csv")
        data = summary(
            telemetry,
            {"profile": described, "features": made, "training": trained},
            found,
            journal.notes,
            missing=missing,
            seeds=self._seeds,
            command=self.command,
        )
        alarms.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(alarms, found["csv"].encode())
        report.write(data, self.report)
        return Result(Path(self.report), alarms, data["verdict"]["text"], data)

    def _telemetry(self, journal: Journal) -> Telemetry:
        if isinstance(self.subject, Telemetry):
            return self.subject
        plant = self.subject
        journal.stage("plant", asdict(plant), lambda here: {"rows": plant.rows, "files": len(plant.write(here))})
        return Telemetry.of_plant(plant, journal.folder / "plant")

    def _check(self) -> None:
        """Refuse at once what would be refused after minutes."""
        if self.epochs < 1:
            raise ArgumentError(f"the job got epochs={self.epochs!r}", expected="at least 1")
        parse_bytes(self.memory)
        work, page = Path(self.work), Path(self.report)
        if not page.name or page.is_dir() or work.resolve() == page.resolve() or (work.exists() and not work.is_dir()):
            raise ArgumentError(
                f"the page was to be {str(page)!r}, and what is in between was to lie in the folder {str(work)!r}",
                expected="a file for the page, and a folder for the rest",
                mend=f"{str(page) + '.html'!r} for the page",
            )

    @property
    def _seeds(self) -> dict[str, int]:
        return ({"plant": self.subject.seed} if isinstance(self.subject, Plant) else {}) | {"detector": self.seed}
