"""Who is taken for dead."""

from logstream.live.liveness import Liveness


def test_a_peer_that_answers_is_pinged_again() -> None:
    liveness = Liveness()
    liveness.ping(100, 100)
    assert liveness.unanswered
    liveness.heard()
    assert not liveness.unanswered
    assert not liveness.stalled(100)


def test_a_peer_that_took_the_ping_and_does_not_answer_is_dead() -> None:
    liveness = Liveness()
    liveness.ping(100, 100)
    assert liveness.stalled(102)


def test_a_peer_may_take_its_time_as_long_as_it_takes_something() -> None:
    liveness = Liveness()
    liveness.ping(written=100, taken=10)
    assert not liveness.stalled(taken=11)
    assert not liveness.stalled(taken=99)
    assert liveness.stalled(taken=99)


def test_a_peer_that_took_all_and_still_does_not_answer_is_dead() -> None:
    liveness = Liveness()
    liveness.ping(written=100, taken=10)
    assert not liveness.stalled(taken=100)
    assert liveness.stalled(taken=500)
