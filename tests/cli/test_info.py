"""The command line, as a user calls it."""

import json
import subprocess
import sys

import pytest

from emberharmony.cli import main


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "emberharmony.cli", *arguments], capture_output=True, text=True, check=False
    )


def test_help_imports_no_array_library_and_no_command():
    code = "import sys; from emberharmony.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print([m for m in sys.modules if m.split('.')[0] in ('numpy', 'torch', 'mlx', 'json')], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "info" in done.stdout
    assert done.stderr.strip() == "[]"


def test_info_names_every_backend_and_says_why(capsys):
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    for word in ("numpy", "torch", "mlx", "chosen", "native core", "memory"):
        assert word in text


def test_info_json_holds_the_same(capsys):
    assert main(["info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["chosen"]["why"]
    assert found["core"]["simd"] in found["core"]["levels"]
    assert found["backends"]["numpy"]["installed"] is True
    assert 0 < found["memory"]["free"] <= found["memory"]["total"]


def test_a_bad_backend_in_the_environment_is_reported_and_not_a_traceback(monkeypatch, capsys):
    from emberharmony.backend import registry

    monkeypatch.setenv(registry.ENVIRONMENT, "nunpy")
    monkeypatch.setattr(registry, "_default", None)
    assert main(["info"]) == 1
    assert "there is no backend 'nunpy'" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["nonsense"], ["info", "--nonsense"]])
def test_a_wrong_call_exits_with_usage(arguments):
    done = call(*arguments)
    assert done.returncode == 2
    assert "usage: emberharmony" in done.stderr


def test_version_and_bare_call():
    assert call("--version").stdout.count(".") == 2
    assert "COMMAND" in call().stdout
