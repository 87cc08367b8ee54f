from __future__ import annotations

import socket

import pytest

from billing_project.embedded import web_port
from billing_project.embedded.errors import StartError


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_that_was_asked_for_and_is_taken_is_refused(taken):
    with pytest.raises(StartError, match=f"Port {taken} is taken; set PORT to a free one, or leave it out"):
        web_port.listen(str(taken))


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "8000.0"])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(StartError, match="set it to a number from 1 to 65535"):
        web_port.listen(text)


def test_the_next_free_port_is_taken_where_none_was_asked_for(taken, monkeypatch):
    monkeypatch.setattr(web_port, "FIRST", taken)
    monkeypatch.setattr(web_port, "LAST", taken + 50)

    with web_port.listen(None) as listener:
        assert taken < listener.getsockname()[1] <= taken + 50


def test_a_port_that_was_given_is_given_to_nobody_else(taken, monkeypatch):
    monkeypatch.setattr(web_port, "FIRST", taken)
    monkeypatch.setattr(web_port, "LAST", taken + 50)

    with web_port.listen(None) as one, web_port.listen(None) as two:
        assert one.getsockname() != two.getsockname()


def test_no_free_port_at_all_is_said_in_one_sentence(taken, monkeypatch):
    monkeypatch.setattr(web_port, "FIRST", taken)
    monkeypatch.setattr(web_port, "LAST", taken)

    with pytest.raises(StartError, match=f"Every port from {taken} to {taken} is taken; set PORT to a free one"):
        web_port.listen(None)


def test_a_port_without_a_web_server_does_not_answer(taken):
    assert not web_port.answers(taken)
