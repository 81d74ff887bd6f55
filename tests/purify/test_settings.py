"""The table in pyproject.toml is read, and every mistake in it is told with its mend."""

import pytest

from emberharmony.purify.settings import SettingsError, from_table, read_settings

CODES = ("CAST01", "CAST02", "IMP01", "SRC01", "SUP01")


def test_the_nearest_pyproject_counts(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.emberharmony.purify]\nselect = ["IMP01"]\n')
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[tool.emberharmony.purify]\nselect = ["CAST"]\nmax-file-size = "2 MB"\n')
    assert read_settings(inner / "deep" / "file.py", CODES).select == ("CAST",)
    assert read_settings(inner, CODES).max_file_size == 2_000_000
    assert read_settings(tmp_path, CODES).root == tmp_path


def test_without_a_table_everything_is_asked_for(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    settings = read_settings(tmp_path, CODES)
    assert all(settings.wants(code) for code in CODES)


@pytest.mark.parametrize(
    ("select", "ignore", "wanted"),
    [
        ((), (), CODES),
        (("CAST",), (), ("CAST01", "CAST02")),
        ((), ("CAST",), ("IMP01", "SRC01", "SUP01")),
        (("CAST",), ("CAST02",), ("CAST01",)),
        (("CAST02",), ("CAST",), ("CAST02",)),
        (("CAST",), ("CAST",), ()),
    ],
)
def test_the_longer_of_two_codes_holds(tmp_path, select, ignore, wanted):
    settings = from_table({"select": list(select), "ignore": list(ignore)}, tmp_path, CODES)
    assert tuple(code for code in CODES if settings.wants(code)) == wanted


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ('exclud = ["a"]', "write 'exclude'"),
        ("per_path_ignores = {}", "write 'per-path-ignores'"),
        ('exclude = "a"', "a list of texts"),
        ("exclude = [1]", "a list of texts"),
        ('exclude = ["!a"]', "takes nothing back"),
        ('select = ["CAST99"]', "write 'CAST0"),
        ('select = ["cast01"]', "write 'CAST01'"),
        ('select = [""]', "a list of texts"),
        ('target = "jax"', "'ops' or 'xp'"),
        ("operators = 3", "'breaking' or 'all'"),
        ("max-file-size = true", "a number of bytes"),
        ('max-file-size = "big"', "a number of bytes"),
        ("per-path-ignores = []", "a table from patterns"),
        ('per-path-ignores = {"a" = ["X"]}', "there is no rule 'X'"),
        ('exceptions = {"a" = ["IMP"]}', "rules and the reason"),
        ('exceptions = {"a" = {rules = ["IMP"]}}', "rules and the reason"),
        ('exceptions = {"a" = {rules = ["X"], why = "so"}}', "there is no rule 'X'"),
        ("baseline = 1", "a text"),
        ("= 1", "Expected: TOML"),
    ],
)
def test_a_mistake_names_the_mend(tmp_path, text, mend):
    (tmp_path / "pyproject.toml").write_text(f"[tool.emberharmony.purify]\n{text}\n")
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path, CODES)
    assert mend in str(caught.value)
    assert "pyproject.toml" in str(caught.value)


def test_a_table_that_is_none_is_told(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool]\nemberharmony = 3\n")
    with pytest.raises(SettingsError, match="emberharmony is 3"):
        read_settings(tmp_path, CODES)
