"""What changes in folders is told by events, through links too; where events don't come, time tells."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logstream.client.sending import folder_watch
from logstream.client.sending.folder_watch import FolderWatch
from logstream.client.sending.patterns import Patterns
from tests.client.sending.test_send_command import APP, OK, Scripted, command
from tests.harness import eventually

SOON = 20.0
"""Nobody waits so long: an event comes before."""


class Watching:
    """Watches what patterns find."""

    def __init__(self, *patterns: Path) -> None:
        self._patterns = Patterns([str(pattern) for pattern in patterns])
        self.said: list[str] = []
        self.watch = FolderWatch(say=self.said.append)
        self.look()

    def look(self) -> None:
        self.watch.watch(self._patterns.paths(), self._patterns.folders)
        assert self.watch.next(0) is None  # what came before the watching

    def next(self) -> set[str] | None:
        began = time.monotonic()
        told = self.watch.next(SOON)
        assert time.monotonic() - began < SOON / 2
        return told


Watch = Callable[..., Watching]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    monkeypatch.setattr(folder_watch, "ALL_SECONDS", 3600)
    monkeypatch.setattr(folder_watch, "AGAIN_SECONDS", 3600)
    made: list[Watching] = []

    def start(*patterns: Path) -> Watching:
        made.append(Watching(*patterns))
        return made[-1]

    yield start
    for one in made:
        one.watch.close()


def write(path: Path) -> None:
    with open(path, "a") as file:
        file.write("line\n")


def test_what_was_written_to_is_named_and_nothing_else_has_changed(tmp_path: Path, watch: Watch) -> None:
    write(tmp_path / "log")
    watching = watch(tmp_path / "log")
    write(tmp_path / "log")
    assert watching.next() == {str(tmp_path / "log")}
    assert watching.watch.next(0.1) == set()


@pytest.mark.parametrize("happens", ["comes", "goes", "moves"])
def test_anything_may_have_changed_when_a_file_comes_or_goes(tmp_path: Path, watch: Watch, happens: str) -> None:
    write(tmp_path / "log")
    watching = watch(tmp_path / "log")
    if happens == "comes":
        write(tmp_path / "other")
    elif happens == "goes":
        (tmp_path / "log").unlink()
    else:
        (tmp_path / "log").rename(tmp_path / "log.1")
    assert watching.next() is None


def test_a_file_behind_links_two_levels_deep_is_watched_where_it_is_and_each_link_too(
    tmp_path: Path, watch: Watch
) -> None:
    for name in ("containers", "pods", "docker", "elsewhere"):
        (tmp_path / name).mkdir()
    write(tmp_path / "docker" / "log")
    write(tmp_path / "elsewhere" / "log")
    (tmp_path / "pods" / "0.log").symlink_to("../docker/log")
    (tmp_path / "containers" / "web.log").symlink_to(tmp_path / "pods" / "0.log")
    watching = watch(tmp_path / "containers" / "*.log")
    write(tmp_path / "docker" / "log")
    assert watching.next() == {str(tmp_path / "docker" / "log")}
    (tmp_path / "pods" / "1.log").symlink_to("../elsewhere/log")
    (tmp_path / "pods" / "1.log").rename(tmp_path / "pods" / "0.log")
    assert watching.next() is None
    watching.look()
    write(tmp_path / "elsewhere" / "log")
    assert watching.next() == {str(tmp_path / "elsewhere" / "log")}


def test_a_linked_folder_may_be_replaced(tmp_path: Path, watch: Watch) -> None:
    for name in ("1", "2"):
        (tmp_path / "releases" / name / "log").mkdir(parents=True)
    (tmp_path / "current").symlink_to("releases/1")
    watching = watch(tmp_path / "current" / "log" / "*.log")
    (tmp_path / "next").symlink_to("releases/2")
    (tmp_path / "next").rename(tmp_path / "current")
    assert watching.next() is None
    watching.look()
    write(tmp_path / "releases" / "2" / "log" / "a.log")
    assert watching.next() is None


def test_a_folder_may_come_later_and_be_made_anew(tmp_path: Path, watch: Watch) -> None:
    folder = tmp_path / "a" / "b"
    watching = watch(folder / "log")
    for _ in range(3):
        for part in (tmp_path / "a", folder):
            part.mkdir()
            assert watching.next() is None
            watching.look()
        write(folder / "log")
        assert watching.next() is None
        shutil.rmtree(tmp_path / "a")
        assert watching.next() is None
        watching.look()


def test_a_folder_that_was_removed_and_made_anew_before_anybody_looked_is_watched_again(
    tmp_path: Path, watch: Watch
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    watching = watch(folder / "*.log")
    folder.rmdir()
    folder.mkdir()  # maybe with the same inode
    assert watching.next() is None
    watching.look()
    write(folder / "a.log")
    assert watching.next() is None


def test_folders_in_which_files_of_a_pattern_come_are_watched_while_they_are_empty(
    tmp_path: Path, watch: Watch
) -> None:
    (tmp_path / "x" / "deep" / "er").mkdir(parents=True)
    for pattern in ("*/deep/*/*.log", "**/*.log"):
        watching = watch(tmp_path / pattern)
        write(tmp_path / "x" / "deep" / "er" / f"{len(pattern)}.log")
        assert watching.next() is None
    watching = watch(tmp_path)
    write(tmp_path / "x" / "abc-json.log")
    assert watching.next() is None


def test_where_events_do_not_come_time_tells(tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_watch, "LOCAL", frozenset({"nfs4"}))
    write(tmp_path / "log")
    watching = watch(tmp_path / "log")
    assert [watching.next(), watching.next()] == [None, None]
    assert watching.said == []


def test_what_no_event_told_is_looked_at_all_the_same(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_watch, "ALL_SECONDS", 0.2)
    watching = watch(tmp_path / "log")
    assert [watching.next(), watching.next()] == [None, None]


def test_a_name_that_the_library_can_not_pass_on_leads_to_polling_and_is_said_once(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = watch(tmp_path / "log")
    with open(os.fsencode(tmp_path) + b"/gr\xfcn", "w"):
        assert watching.next() is None
    assert [watching.next(), len(watching.said)] == [None, 1]
    assert "Unable to decode path" in watching.said[0]
    monkeypatch.setattr(folder_watch, "RETRY_SECONDS", 0)
    watching.look()
    write(tmp_path / "log")
    assert watching.next() is None
    write(tmp_path / "log")
    assert watching.next() == {str(tmp_path / "log")}


@pytest.mark.parametrize("limit", ["max_inotify_watches", "max_inotify_instances"])
def test_a_machine_without_room_for_watches_is_polled(tmp_path: Path, limit: str) -> None:
    script = f'echo 0 > /proc/sys/user/{limit} && exec "$@"'
    new_user = ["unshare", "--user", "--map-root-user", "sh", "-c"]
    if subprocess.run([*new_user, script, "sh", "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody have a user namespace")
    server = Scripted(OK)
    path = tmp_path / "log"
    words, environment = command("--follow", str(path), *APP, "--state", str(tmp_path / "state"), url=server.url)
    with open(tmp_path / "said", "wb") as said:
        process = subprocess.Popen([*new_user, script, "sh", *words], env=environment, stderr=said)
    try:
        eventually(lambda: "as inotify fails" in (tmp_path / "said").read_text(), "it is said")
        write(path)
        eventually(lambda: server.requests, "the line")
        assert json.loads(server.requests[0][1])["logs"][0]["message"] == "line"
        assert (tmp_path / "said").read_text().count("\n") == 1
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        server.close()
