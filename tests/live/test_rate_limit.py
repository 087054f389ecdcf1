"""How often something may happen."""

from logstream.live.rate_limit import RateLimit


def test_a_burst_is_allowed_and_then_so_many_a_second() -> None:
    now = 100.0
    limit = RateLimit(20, 5, lambda: now)
    assert [limit.allows() for _ in range(21)] == [True] * 20 + [False]
    now += 1
    assert [limit.allows() for _ in range(6)] == [True] * 5 + [False]
    now += 3600
    assert [limit.allows() for _ in range(21)] == [True] * 20 + [False]
