"""Released packages, fetched by name and version and unpacked into a cache; none of their code is kept in this project.

EMBERHARMONY_CORPUS names the cache, else ~/.cache/emberharmony/corpus. Only the first use needs the network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from emberharmony.errors import EmberError


class CorpusError(EmberError, OSError):
    """A package that is neither in the cache nor to be had."""


@dataclass(frozen=True)
class Package:
    """A release. `binary` keeps the compiled parts too, without which its tests cannot run."""

    name: str
    version: str
    binary: bool = False
    sdist: bool = False

    @property
    def label(self) -> str:
        return f"{self.name}-{self.version}"


SCIPY = Package("scipy", "1.9.3")
SKLEARN = Package("scikit-learn", "1.1.3")
HMMLEARN = Package("hmmlearn", "0.3.3", binary=True)
FILTERPY = Package("filterpy", "1.4.5", sdist=True)
NUMPY_ML = Package("numpy-ml", "0.1.2")


def cache() -> Path:
    """The folder that holds what was fetched."""
    return Path(os.environ.get("EMBERHARMONY_CORPUS", "~/.cache/emberharmony/corpus")).expanduser()


def folder(package: Package) -> Path:
    """The unpacked release: the folder from which its packages are imported."""
    target = cache() / package.label
    if not target.exists():
        archive = _archive(package)
        with tempfile.TemporaryDirectory(dir=cache()) as scratch:
            unpacked = Path(scratch) / "unpacked"
            _unpack(archive, unpacked, everything=package.binary or package.sdist)
            inner = list(unpacked.iterdir())
            shutil.move(inner[0] if package.sdist and len(inner) == 1 else unpacked, target)
    return target


def source(package: Package, path: str) -> str:
    """The text of one file of a release."""
    return (folder(package) / path).read_text(encoding="utf-8")


def site(*requirements: str) -> Path:
    """A folder with installed packages that test suites import; not this environment, which stays as it is."""
    target = cache() / "site"
    target.mkdir(parents=True, exist_ok=True)
    missing = [r for r in requirements if not any(target.glob(f"{r.split('==')[0].replace('-', '_')}-*.dist-info"))]
    if missing:
        _pip("install", "--no-deps", "--only-binary", ":all:", "--target", str(target), *missing)
    return target


def _archive(package: Package) -> Path:
    downloads = cache() / "downloads" / package.label
    if not downloads.exists():
        downloads.parent.mkdir(parents=True, exist_ok=True)
        form = f"--no-binary={package.name}" if package.sdist else "--only-binary=:all:"
        with tempfile.TemporaryDirectory(dir=downloads.parent) as scratch:
            _pip("download", "--no-deps", form, "--dest", scratch, f"{package.name}=={package.version}")
            downloads.mkdir()
            for found in Path(scratch).iterdir():
                shutil.move(found, downloads / found.name)
    return next(downloads.iterdir())


def _pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CorpusError(
            f"pip {arguments[0]} of {arguments[-1]} failed: {done.stderr.strip()[-400:]}",
            expected="a network, or a cache that holds the package",
            mend="run it once where packages can be fetched, or point EMBERHARMONY_CORPUS at a filled cache",
        )


def _unpack(archive: Path, target: Path, *, everything: bool) -> None:
    def wanted(name: str) -> bool:
        return everything or name.endswith(".py")

    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as held:
            held.extractall(target, [name for name in held.namelist() if wanted(name)])
    else:
        with tarfile.open(archive) as held:
            held.extractall(target, [m for m in held.getmembers() if wanted(m.name)], filter="data")
