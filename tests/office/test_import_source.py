"""Reading files line by line, of any size."""

from __future__ import annotations

from office.importing.source import LONGEST_LINE, Places, read_lines


def lines_of(tmp_path, *contents):
    names = []
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(content)
        names.append(str(path))
    return list(read_lines(names, Places()))


def test_lines_are_numbered_over_all_files(tmp_path):
    assert lines_of(tmp_path, b"a\nb", b"c\n") == [(1, b"a"), (2, b"b"), (3, b"c")]


def test_line_ends_of_windows_and_a_byte_order_mark_do_not_matter(tmp_path):
    assert lines_of(tmp_path, b"\xef\xbb\xbfa\r\nb\r\n") == [(1, b"a"), (2, b"b")]


def test_a_line_that_is_too_long_is_read_over(tmp_path):
    long = b"x" * (3 * LONGEST_LINE)

    assert lines_of(tmp_path, long + b"\nb\n" + long) == [(1, None), (2, b"b"), (3, None)]


def test_a_line_of_the_longest_length_passes(tmp_path):
    long = b"x" * LONGEST_LINE

    assert lines_of(tmp_path, long + b"\n" + long + b"y\n" + long) == [(1, long), (2, None), (3, long)]


def test_a_message_names_the_file_only_where_there_are_several(tmp_path):
    one, two = Places(), Places()
    one.begin("a.jsonl", 1)
    two.begin("a.jsonl", 1)
    two.begin("b.jsonl", 11)

    assert one.name(12) == "line 12"
    assert two.name(10) == "a.jsonl line 10"
    assert two.name(12) == "b.jsonl line 2"
    assert two.name(12, other_than=11) == "line 2"
    assert two.name(12, other_than=3) == "b.jsonl line 2"
