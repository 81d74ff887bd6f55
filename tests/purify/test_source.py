"""Whatever bytes a file has, it is a tree with exact places, or an error that says what to do."""

import ast
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.purify.sources import source_of

from emberharmony.purify.source import SourceError, read

LINES = st.lists(
    st.sampled_from(["x = 1", "é = 'ü𝄞'; y = é", "if x:\f", "    f(a,  b)", "", "# ñ", "z = '''a", "b'''", "\fq = 2"]),
    max_size=12,
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def write(folder: Path, data: bytes) -> Path:
    path = folder / "it.py"
    path.write_bytes(data)
    return path


@given(lines=LINES, end=ENDS)
def test_the_segment_of_a_node_is_what_python_itself_cuts_out(lines, end):
    text = end.join(lines)
    try:
        source = source_of(text)
        tree = source.tree
    except SourceError:
        with pytest.raises(SyntaxError):
            ast.parse(text)
        return
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            assert source.segment(node).replace("\r\n", "\n").replace("\r", "\n") == ast.get_source_segment(
                text.replace("\r\n", "\n").replace("\r", "\n"), node
            )


def test_columns_count_characters_and_spans_count_bytes():
    source = source_of("é = 'ü𝄞'; y = é\n")
    last = source.tree.body[1].value  # the é at the end
    assert source.place(last) == (1, 15, 1, 16)
    assert source.utf8[slice(*source.span(last))].decode() == "é"


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", "utf-8"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n", "iso-8859-1"),
        (b"#!/bin/python\n# vim: fileencoding=cp1252\nx = '\x80'\r\n", None, "cp1252"),
        ("# coding: shift_jis\nx = '漢'\n".encode("shift_jis"), "# coding: shift_jis\nx = '漢'\n", "shift_jis"),
        (b"\xef\xbb\xbf# coding: utf-8\nx = 1\n", "# coding: utf-8\nx = 1\n", "utf-8"),
        (b"", "", "utf-8"),
    ],
)
def test_a_declared_encoding_is_read_and_written_back(tmp_path, data, text, encoding):
    source = read(write(tmp_path, data))
    assert source.encoding == encoding
    assert text is None or source.text == text
    assert isinstance(source.tree, ast.Module)
    assert source.encode(source.text) == data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"def f(:\n", "invalid syntax"),
        (b"x = 1\n\n  y = 2\n", "unexpected indent"),
        (b"print 'x'\n", "Python 2"),
        (b"try:\n    f()\nexcept A, e:\n    pass\n", "Python 2"),
        (b"type X = int\n", "Python 3.12" if not hasattr(ast, "TypeAlias") else ""),
        (b"x = 1\n\0y = 2\n", "null byte"),
        (b"x = '\xe9'\n", "0xe9"),
        (b"\xff\xfex\0=\0", "0xff"),
        (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "encoding"),
        (b"# coding: klingon\n", "klingon"),
        (b"# coding: rot13\nk = 1\n", "encoding"),
        (b"# coding: hex\n7878\n", "encoding"),
        (b"# coding: unicode_escape\nx = '\\ud800'\n", "encoding"),
        (b"x = " + b"(" * 10_000 + b")" * 10_000, "nested"),
        (b"x = " + b"-" * 100_000 + b"1", "nested"),
        (b"x = " + b"not " * 20_000 + b"1", "nested"),
        (b"x = a" + b".b" * 100_000, "nested"),
        (b"x = 1" + b" + 1" * 100_000, "nested"),
        (b"x = " + b"9" * 100_000, "digits"),
        (b"".join(b" " * i + b"if x:\n" for i in range(300)) + b" " * 300 + b"y\n", "indentation"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_a_mend(tmp_path, data, says):
    if not says:
        pytest.skip("this Python reads it")
    with pytest.raises(SourceError) as caught:
        _ = read(write(tmp_path, data)).tree
    assert says in str(caught.value)
    assert "Mend:" in str(caught.value)
    assert caught.value.line >= 1


def test_the_line_of_a_syntax_error_is_told(tmp_path):
    with pytest.raises(SourceError) as caught:
        _ = read(write(tmp_path, b"x = 1\r\ny = 2\r\nz = = 3\r\n")).tree
    assert (caught.value.line, caught.value.column) == (3, 5)


def test_files_beyond_the_limit_are_not_read(tmp_path):
    path = write(tmp_path, b"x = 1\n" * 1_700_000)
    with pytest.raises(SourceError, match=r"max-file-size = 10200000"):
        read(path)
    assert len(read(path, max_bytes=11_000_000).text) == 10_200_000


@pytest.mark.parametrize("make", ["pipe", "folder", "nothing", "broken link", "a circle", "device"])
def test_only_regular_files_are_read(tmp_path, make):
    path = tmp_path / "it.py"
    match make:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "broken link":
            path.symlink_to(tmp_path / "gone.py")
        case "a circle":
            path.symlink_to(path)
        case "device":
            path = Path("/dev/zero")
        case _:
            pass
    with pytest.raises(SourceError, match="Mend:"):
        read(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_error(tmp_path):
    path = write(tmp_path, b"x = 1\n")
    path.chmod(0)
    with pytest.raises(SourceError, match="Permission"):
        read(path)


def test_a_text_that_the_encoding_cannot_hold_is_not_written(tmp_path):
    source = read(write(tmp_path, b"# coding: latin-1\nx = 1\n"))
    with pytest.raises(SourceError, match="iso-8859-1"):
        source.encode("x = '漢'\n")


@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_tree_or_a_source_error(tmp_path_factory, data):
    path = write(tmp_path_factory.mktemp("any"), data)
    try:
        source = read(path)
        _ = source.tree
    except SourceError:
        return
    assert source.encode(source.text) == data
