"""Files that are followed grow, move, shrink, come and go, the reader is started anew: each line is sent once."""

import gzip
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from logstream.cli.line_reading import LineReading
from logstream.client.sending import folder_watch, followed_file, following, patterns, rotation
from logstream.client.sending.content import Content, Cut
from logstream.client.sending.delivery import Delivery
from logstream.client.sending.following import Following
from logstream.client.sending.positions import InUse, Position, State, mark
from tests.client.sending.test_send_command import APP, OK, Scripted, command
from tests.harness import ROOT, Server, eventually


class Follower:
    """Follows patterns, and gives the messages that arrived at the server, in their order."""

    def __init__(self, folder: Path, *patterns: Path, from_end: bool = False, multiline: str = "auto") -> None:
        self._server = Scripted(OK)
        self._state = State(folder / "state", "test")
        self._client = httpx.Client()
        self._stopping = threading.Event()
        self._given = 0
        self.said: list[str] = []
        self._following = Following(
            [str(pattern) for pattern in patterns],
            self._state,
            Delivery(self._client, self._server.url, app_key="a", app_id="b"),
            LineReading(None, "UTC", [], None, multiline, "utf-8").followed,
            from_end=from_end,
            stopped=self._stopping.is_set,
            say=self.said.append,
        )
        self._thread = threading.Thread(target=self._following.run)
        self._thread.start()

    def entries(self) -> list[dict[str, Any]]:
        """All of them so far."""
        return [entry for _, body in list(self._server.requests) for entry in json.loads(body)["logs"]]

    def messages(self) -> list[str]:
        return [entry["message"] for entry in self.entries()]

    def next_entries(self, count: int) -> list[dict[str, Any]]:
        """The next entries, waited for; there are no more of them."""
        self._given += count
        eventually(lambda: len(self.entries()) >= self._given, f"{count} entries after {self.messages()}")
        got = self.entries()
        assert len(got) == self._given, got
        return got[-count:]

    def next(self, count: int) -> list[str]:
        """Their messages."""
        return [entry["message"] for entry in self.next_entries(count)]

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._state.close()
        self._client.close()
        self._server.close()


Follow = Callable[..., Follower]


@pytest.fixture(params=["events", "polling"])
def follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Follow]:
    if request.param == "events":
        monkeypatch.setattr(folder_watch, "ALL_SECONDS", 3600)  # nothing is noticed but by an event
    else:
        monkeypatch.setattr(folder_watch, "INOTIFY", tmp_path / "none")
        monkeypatch.setattr(folder_watch, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(folder_watch, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(following, "BESIDE_SECONDS", 0.01)
    monkeypatch.setattr(patterns, "PATTERN_SECONDS", 0.01)
    monkeypatch.setattr(followed_file, "FLUSH_SECONDS", 0.02)
    made: list[Follower] = []

    def start(*patterns: Path, from_end: bool = False, multiline: str = "auto") -> Follower:
        made.append(Follower(tmp_path, *patterns, from_end=from_end, multiline=multiline))
        return made[-1]

    yield start
    for one in made:
        one.close()


def append(path: Path, text: str) -> None:
    with open(path, "a") as file:
        file.write(text)


def test_a_followed_file_may_grow_and_an_unfinished_line_waits(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "log"
    path.write_text("1\n2")
    follower = follow(path)
    assert follower.next(1) == ["1"]
    append(path, "2\n3\n")
    assert follower.next(2) == ["22", "3"]


def test_a_line_without_end_is_sent_after_a_silence(
    tmp_path: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed_file, "HALF_LINE_SECONDS", 0.1)
    path = tmp_path / "log"
    path.write_text("1\nhalf")
    follower = follow(path)
    assert follower.next(2) == ["1", "half"]
    append(path, " and rest\n3\n")
    assert [message.strip() for message in follower.next(2)] == ["and rest", "3"]


def test_a_file_may_be_written_to_under_another_name(tmp_path: Path, follow: Follow) -> None:
    (tmp_path / "there").mkdir()
    path, other = tmp_path / "log", tmp_path / "there" / "log"
    path.write_text("1\n")
    os.link(path, other)
    follower = follow(path)
    assert follower.next(1) == ["1"]
    append(other, "2\n")
    assert follower.next(1) == ["2"]


def test_a_file_that_links_lead_to_may_grow_and_the_links_may_lead_elsewhere(tmp_path: Path, follow: Follow) -> None:
    (tmp_path / "there").mkdir()
    for name in ("1", "2"):
        (tmp_path / "there" / name).write_text(f"{name}\n")
    (tmp_path / "middle").symlink_to("there/1")
    (tmp_path / "log").symlink_to("middle")
    follower = follow(tmp_path / "log")
    assert follower.next(1) == ["1"]
    append(tmp_path / "there" / "1", "more\n")
    assert follower.next(1) == ["more"]
    (tmp_path / "new").symlink_to("there/2")
    (tmp_path / "new").rename(tmp_path / "middle")
    assert follower.next(1) == ["2"]


def test_a_followed_file_may_come_later(tmp_path: Path, follow: Follow) -> None:
    follower = follow(tmp_path / "log")
    (tmp_path / "log").write_text("1\n")
    assert follower.next(1) == ["1"]


def test_a_followed_file_may_be_rotated_and_nothing_is_lost(
    tmp_path: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "GRACE_SECONDS", 0.3)
    path = tmp_path / "log"
    path.write_text("1\n")
    follower = follow(path)
    assert follower.next(1) == ["1"]
    path.rename(tmp_path / "log.1")
    append(tmp_path / "log.1", "2\nlast words")
    path.write_text("3\n")
    assert sorted(follower.next(3)) == ["2", "3", "last words"]


def test_the_old_file_is_read_for_a_while_after_a_new_one_took_its_place(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "log"
    path.write_text("1\n")
    follower = follow(path)
    assert follower.next(1) == ["1"]
    path.rename(tmp_path / "log.1")
    path.write_text("new\n")
    assert follower.next(1) == ["new"]
    append(tmp_path / "log.1", "late\n")
    assert follower.next(1) == ["late"]


def test_a_followed_file_may_be_removed_and_made_anew(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "log"
    path.write_text("1\n")
    follower = follow(path)
    assert follower.next(1) == ["1"]
    with open(path, "a") as file:
        path.unlink()
        file.write("2\n")
    assert follower.next(1) == ["2"]
    path.write_text("1\n")
    assert follower.next(1) == ["1"]


def test_a_followed_file_may_be_cut_short(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "log"
    path.write_text("1\n2\n3\n")
    follower = follow(path)
    assert follower.next(3) == ["1", "2", "3"]
    path.write_text("4\n")
    assert follower.next(1) == ["4"]


def test_a_file_that_was_cut_and_has_grown_beyond_its_old_size_is_read_from_its_start(
    tmp_path: Path, follow: Follow
) -> None:
    path = tmp_path / "log"
    path.write_text("1\n2\n")
    follower = follow(path)
    assert follower.next(2) == ["1", "2"]
    other = "".join(f"other {number}\n" for number in range(9))
    with open(path, "r+") as file:
        file.write(other)
    assert follower.next(9) == other.splitlines()


def test_nuls_of_a_writer_that_does_not_append_are_skipped(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "log"
    with open(path, "w") as writer:
        writer.write("1\n2\n")
        writer.flush()
        follower = follow(path)
        assert follower.next(2) == ["1", "2"]
        os.truncate(path, 0)
        writer.write("3\n4\n")
        writer.flush()
        assert follower.next(2) == ["3", "4"]


def test_what_was_written_before_copytruncate_is_read_from_the_copy(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "log"
    path.write_text("1\n")
    follower = follow(path)
    assert follower.next(1) == ["1"]
    follower.close()
    append(path, "2\n")
    shutil.copy(path, tmp_path / "log.1")
    path.write_text("3\n")
    again = follow(path)
    assert again.next(2) == ["2", "3"]


def test_what_was_cut_before_anything_of_it_was_read_is_read_from_the_copy(tmp_path: Path) -> None:
    path, copy = tmp_path / "log", tmp_path / "log.1"
    path.write_text("1\n2\n")
    content = Content(path)
    status = content.status
    position = content.begun(Position(str(path), "generation", status.st_dev, status.st_ino))
    shutil.copy(path, copy)
    path.write_text("another\n")
    with pytest.raises(Cut):
        content.read()
    content.close()
    rest = rotation.find_rest(position)
    assert rest is not None
    assert rest.read() == b"1\n2\n"
    rest.close()


def test_a_copy_in_the_making_is_not_sent(tmp_path: Path, follow: Follow) -> None:
    path, copy = tmp_path / "log", tmp_path / "log.1"
    path.write_text("1\n2\n")
    follower = follow(tmp_path / "log*")
    assert follower.next(2) == ["1", "2"]
    for part in ("", "1\n"):
        copy.write_text(part)
        append(path, "3\n")
        assert follower.next(1) == ["3"]
    (tmp_path / "log.2.gz").write_bytes(gzip.compress(b"older\n" * 99)[:20])
    for line in ("4", "5"):
        append(path, f"{line}\n")
        assert follower.next(1) == [line]
    shutil.copy(path, copy)
    os.truncate(path, 0)
    append(path, "new\n")
    assert follower.next(1) == ["new"]


@pytest.mark.parametrize("reads", ["on", "later"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_what_was_read_between_copy_and_cut_does_not_make_the_copy_a_new_file(
    tmp_path: Path, follow: Follow, reads: str, packed: bool
) -> None:
    path, copy = tmp_path / "log", tmp_path / "log.1"
    path.write_text("".join(f"line {number}\n" for number in range(300)))
    follower = follow(path)
    follower.next(300)
    shutil.copy(path, copy)
    append(path, "in no copy\n")
    assert follower.next(1) == ["in no copy"]
    if reads == "later":
        follower.close()
    if packed:
        (tmp_path / "log.1.gz").write_bytes(gzip.compress(copy.read_bytes()))
        copy.unlink()
    os.truncate(path, 0)
    append(path, "new\n")
    if reads == "later":
        follower = follow(path)
    assert follower.next(1) == ["new"]
    if not packed:
        (tmp_path / "log.1.gz").write_bytes(gzip.compress(copy.read_bytes()))
    append(path, "newer\n")
    assert follower.next(1) == ["newer"]


def test_a_restart_goes_on_behind_what_was_sent(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "log"
    path.write_text("1\n2\n")
    follower = follow(path)
    assert follower.next(2) == ["1", "2"]
    follower.close()
    append(path, "3\n")
    again = follow(path)
    assert again.next(1) == ["3"]


@pytest.mark.parametrize("rotations", [1, 2, 3])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_what_was_rotated_while_nobody_looked_is_read_to_its_end(
    tmp_path: Path, follow: Follow, rotations: int, packed: bool
) -> None:
    path = tmp_path / "log"
    path.write_text("1\n")
    follower = follow(path)
    assert follower.next(1) == ["1"]
    follower.close()
    append(path, "rest\n")
    expected = ["rest"]
    for number in range(rotations):
        for old in range(9, 0, -1):
            for suffix in ("", ".gz"):
                if (name := tmp_path / f"log.{old}{suffix}").exists():
                    name.rename(tmp_path / f"log.{old + 1}{suffix}")
        path.rename(tmp_path / "log.1")
        if packed:
            status = os.stat(tmp_path / "log.1")
            (tmp_path / "log.1.gz").write_bytes(gzip.compress((tmp_path / "log.1").read_bytes()))
            os.utime(tmp_path / "log.1.gz", ns=(status.st_atime_ns, status.st_mtime_ns))
            (tmp_path / "log.1").unlink()
        path.write_text(f"after {number}\n")
        expected.append(f"after {number}")
        time.sleep(0.01)  # the file system's clock has a grain
    again = follow(path)
    assert again.next(len(expected)) == expected


def test_what_was_rotated_is_found_though_files_are_renamed_during_the_search(
    tmp_path: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    path.write_text("1\n")
    follower = follow(path)
    assert follower.next(1) == ["1"]
    follower.close()
    append(path, "rest\n")
    path.rename(tmp_path / "log.1")
    path.write_text("new\n")
    look = rotation.content_at

    def look_when_it_is_gone(candidate: Path, position: Position) -> Content | None:
        if candidate.name == "log.1" and candidate.exists():
            candidate.rename(tmp_path / "log.2")
        return look(candidate, position)

    monkeypatch.setattr(rotation, "content_at", look_when_it_is_gone)
    again = follow(path)
    assert again.next(2) == ["rest", "new"]


def test_the_rest_is_read_from_an_archive_that_is_still_written(tmp_path: Path, follow: Follow) -> None:
    path, packed = tmp_path / "log", tmp_path / "log.1.gz"
    path.write_text("1\n")
    follower = follow(path)
    assert follower.next(1) == ["1"]
    follower.close()
    path.unlink()
    lines = [os.urandom(20).hex() for _ in range(1000)]
    whole = gzip.compress("".join(f"{line}\n" for line in ["1", *lines]).encode())
    packed.write_bytes(whole[:10_000])
    again = follow(path)
    eventually(again.entries, "what is there already")
    with open(packed, "ab") as file:
        file.write(whole[10_000:])
    assert again.next(1000) == lines


def test_an_archive_that_becomes_whole_while_it_is_judged_is_none_that_was_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "log.1.gz"
    text = "".join(f"{os.urandom(20).hex()}\n" for _ in range(100)).encode()
    position = Position("log", "1", 1, 1, len(text), 1024, mark(text[:1024]), 256, mark(text[-256:]))
    packed.write_bytes(gzip.compress(text)[:-999])
    look = rotation.may_be_unfinished

    def look_before_it_is_whole(content: Content, positions: Iterable[Position]) -> bool:
        is_unfinished = look(content, positions)
        packed.write_bytes(gzip.compress(text))
        os.utime(packed, (1e9, 1e9))
        return is_unfinished

    monkeypatch.setattr(rotation, "may_be_unfinished", look_before_it_is_whole)
    content = Content(packed)
    assert rotation.judge(content, [position]) is rotation.Verdict.KNOWN
    content.close()


def test_a_file_that_was_rotated_before_anybody_saw_it_is_read_and_none_from_before(
    tmp_path: Path, follow: Follow
) -> None:
    (tmp_path / "log.2").write_text("before\n")
    os.utime(tmp_path / "log.2", (1e9, 1e9))
    follower = follow(tmp_path / "log")
    eventually(lambda: list(tmp_path.glob("state/*/*.lock")), "it to begin")
    (tmp_path / "log.1").write_text("1\n")
    assert follower.next(1) == ["1"]
    (tmp_path / "log").write_text("2\n")
    assert follower.next(1) == ["2"]


def test_a_file_that_can_not_be_read_for_a_moment_is_said_once_and_tried_again(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "log"
    path.symlink_to(path)
    (tmp_path / "other").write_text("1\n")
    follower = follow(path, tmp_path / "other")
    assert follower.next(1) == ["1"]
    path.unlink()
    path.write_text("2\n")
    assert follower.next(1) == ["2"]
    assert follower.said == [f"{path}: Too many levels of symbolic links; trying again"]


def test_a_damaged_archive_of_what_was_missed_is_read_as_far_as_it_goes_and_said(
    tmp_path: Path, follow: Follow
) -> None:
    path, packed = tmp_path / "log", tmp_path / "log.1.gz"
    path.write_text("1\n")
    follower = follow(path)
    assert follower.next(1) == ["1"]
    lines = [os.urandom(20).hex() for _ in range(20_000)]
    damaged = gzip.compress("".join(line + "\n" for line in lines).encode())[:-30]
    (tmp_path / "new").write_bytes(damaged)
    later = time.time() + 60  # long ago, or not now: it is not being written
    os.utime(tmp_path / "new", (later, later))
    (tmp_path / "new").rename(packed)
    eventually(lambda: follower.said, "it is said")
    assert "end-of-stream" in follower.said[0]
    eventually(lambda: len(follower.messages()) > 19_900, "what is in it")
    append(path, "2\n")
    eventually(lambda: "2" in follower.messages(), "the next line")
    assert len(follower.messages()) == len(set(follower.messages()))


def test_what_is_there_at_the_first_start_can_be_left_out(tmp_path: Path, follow: Follow) -> None:
    (tmp_path / "a.log").write_text("old\n")
    follower = follow(tmp_path / "*.log", from_end=True)
    eventually(lambda: list(tmp_path.glob("state/*/*.position")), "the position")
    append(tmp_path / "a.log", "new\n")
    assert follower.next(1) == ["new"]
    (tmp_path / "b.log").write_text("of a new file\n")
    assert follower.next(1) == ["of a new file"]


def test_files_of_a_pattern_come_and_go_and_rotated_ones_are_not_sent_again(tmp_path: Path, follow: Follow) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.log").write_text("a1\n")
    follower = follow(folder)
    assert follower.next(1) == ["a1"]
    (folder / "b.log").write_text("b1\n")
    assert follower.next(1) == ["b1"]
    (folder / "b.log").unlink()
    (folder / "a.log").rename(folder / "a.log.1")
    (folder / "a.log").write_text("a2\n")
    assert follower.next(1) == ["a2"]
    follower.close()
    (folder / "a.log.1.gz").write_bytes(gzip.compress((folder / "a.log.1").read_bytes()))
    (folder / "a.log.1").unlink()
    append(folder / "a.log", "a3\n")
    again = follow(folder)
    assert again.next(1) == ["a3"]


@pytest.mark.parametrize("below", ["*/*-json.log", "", "abc"])
def test_a_container_is_named_by_the_configuration_beside_its_log(tmp_path: Path, follow: Follow, below: str) -> None:
    folder = tmp_path / "containers"
    (folder / "abc").mkdir(parents=True)
    (folder / "abc" / "config.v2.json").write_text(
        json.dumps({"ID": "abc" * 20, "Name": "/shop-web-1", "Config": {"Image": "shop:3", "Labels": {"team": "web"}}})
    )
    line = {"log": "level=error msg=boom\n", "stream": "stderr", "time": "2026-01-02T03:04:05.5Z"}
    (folder / "abc" / "abc-json.log").write_text(json.dumps(line) + "\n")
    follower = follow(folder / below)
    (entry,) = follower.next_entries(1)
    assert (entry["level"], entry["timestamp"], entry["category"]) == (
        "error",
        "2026-01-02T03:04:05.500Z",
        "shop-web-1",
    )
    about = {"name": "shop-web-1", "id": "abcabcabcabc", "image": "shop:3", "labels": {"team": "web"}}
    assert entry["context"]["container"] == about


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_followed_file_may_have_a_byte_order_mark(tmp_path: Path, follow: Follow, codec: str) -> None:
    path = tmp_path / "log"
    path.write_bytes("grün\nund b".encode(codec))
    follower = follow(path)
    assert follower.next(1) == ["grün"]
    follower.close()
    with open(path, "ab") as file:
        mark = len("".encode(codec))
        file.write("lau\n".encode(codec)[mark:])
    assert follow(path).next(1) == ["und blau"]


def test_a_binary_file_is_refused_once_and_the_others_are_sent(tmp_path: Path, follow: Follow) -> None:
    (tmp_path / "a.log").write_bytes(b"\x7fELF" + bytes(9))
    (tmp_path / "b.log").write_text("text\n")
    follower = follow(tmp_path / "*.log")
    assert follower.next(1) == ["text"]
    with open(tmp_path / "a.log", "ab") as file:
        file.write(b"more\n")
    append(tmp_path / "b.log", "more text\n")
    assert follower.next(1) == ["more text"]
    assert follower.said == [f"{tmp_path / 'a.log'}: not a text file but a program"]


def test_a_trace_across_chunks_is_one_entry_though_several_files_are_followed(tmp_path: Path, follow: Follow) -> None:
    trace = "2026-01-02 03:04:05 ERROR boom\nTraceback (most recent call last):\n" + "  File x\n" * 40 + "ValueError: x"
    for name in ("a", "b"):
        (tmp_path / f"{name}.log").write_text("2026-01-02 03:04:05 INFO x\n" * 980 + trace + "\nend\n")
    follower = follow(tmp_path / "a.log", tmp_path / "b.log")
    got = follower.next(2 * 982)
    assert got.count(trace) == 2


def test_two_processes_do_not_follow_the_same_file(tmp_path: Path, follow: Follow) -> None:
    path = tmp_path / "log"
    path.write_text("1\n")
    follow(path).next(1)
    other = State(tmp_path / "state", "test")
    with pytest.raises(InUse):
        other.lock(str(path))
    other.close()


@pytest.mark.parametrize("way", ["create", "compress"])
def test_real_logrotate_loses_nothing(tmp_path: Path, follow: Follow, way: str) -> None:
    subprocess.run([ROOT / "scripts/need", "logrotate=logrotate"], check=True)
    path = tmp_path / "app.log"
    settings = tmp_path / "logrotate.conf"
    settings.write_text(f"{path} {{\n su\n rotate 9\n {way}\n}}\n".replace(" su\n", ""))
    settings.chmod(0o644)
    tmp_path.chmod(0o755)
    follower = follow(path)
    written: list[str] = []
    for turn in range(4):
        for number in range(300):
            written.append(f"rotation {turn} line {number}")
            append(path, written[-1] + "\n")
        rotate = ["logrotate", "--force", "--state", str(tmp_path / "status"), str(settings)]
        subprocess.run(rotate, check=True, env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"})
    eventually(lambda: len(follower.messages()) >= len(written) or not follower.is_running, "all lines")
    assert sorted(follower.messages()) == sorted(written)


def test_an_outage_is_waited_out_and_said(tmp_path: Path) -> None:
    server = Server(tmp_path / "server")
    path = tmp_path / "log"
    path.write_text("1\n")
    words, environment = command("--follow", str(path), *APP, "--state", str(tmp_path / "state"), url=server.url)
    with open(tmp_path / "said", "wb") as said:
        process = subprocess.Popen(words, env=environment, stderr=said)
    try:
        eventually(lambda: "the server takes no entries" in (tmp_path / "said").read_text(), "it is said")
        server.start()
        eventually(lambda: "the server takes entries again" in (tmp_path / "said").read_text(), "its end is said")
        eventually(lambda: server.search()["total"] == 1, "the line")
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        server.stop()
