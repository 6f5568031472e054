"""What the command accepts, and how it answers what it does not."""

from __future__ import annotations

import socket

import pytest

from desk_cli import places
from desk_cli.main import main, parser, split_at_dashes


def test_try_needs_no_arguments() -> None:
    options = parser().parse_args(["try"])
    assert (options.port, options.data) == (54400, places.DEFAULT_DATA)
    assert [options.fresh, options.json, options.no_browser] == [False, False, False]


@pytest.mark.parametrize("port", ["-1", "65534", "80.5", "http", "", "٣"])
def test_three_ports_have_to_fit_behind_the_first(port: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        parser().parse_args(["try", "--port", port])
    assert stopped.value.code == 2


def test_web_needs_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["web"])
    assert "--supabase-url" in capsys.readouterr().err


def test_web_refuses_the_secret_key(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["web", "--supabase-url", "https://project.example", "--key", "sb_secret_abc"]
    assert main(arguments) == 2
    assert "publishable" in capsys.readouterr().err


def test_a_project_address_loses_its_last_slash() -> None:
    options = parser().parse_args(["web", "--supabase-url", "https://a.example/", "--key", "k"])
    assert options.supabase_url == "https://a.example"


def test_what_follows_the_dashes_is_handed_on() -> None:
    assert split_at_dashes(["build", "apk", "--", "-vv", "--"]) == (["build", "apk"], ["-vv", "--"])
    assert split_at_dashes(["try"]) == (["try"], [])


def test_web_on_a_taken_port_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        project = ["--supabase-url", "https://a.example", "--key", "sb_publishable_a"]
        assert main(["web", *project, "--port", port]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"127.0.0.1:{port} cannot be listened on" in said.err
