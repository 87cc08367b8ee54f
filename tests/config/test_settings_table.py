"""The table in the documentation is made from the declarations."""

from config.table import BEGIN, DOCUMENT, END, document, main, table


def test_the_documented_table_is_current():
    text = DOCUMENT.read_text(encoding="utf-8")

    assert document(text) == text, "write it again with: python -m config.table"


def test_the_document_says_why_duplicate_billing_has_no_switch():
    assert 'Why "prevent duplicate billing" is no setting' in DOCUMENT.read_text(encoding="utf-8")


def test_writing_the_table_keeps_the_text_around_it(tmp_path, monkeypatch):
    path = tmp_path / "settings.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr("config.table.DOCUMENT", path)

    main()

    assert path.read_text(encoding="utf-8") == f"before\n{BEGIN}\n{table()}\n{END}\nafter\n"
