"""Which filters may run, for how long; with clocks that move only when told to."""

from logstream.live.budget import FILTER_BURST, FILTER_SHARE, TURN_SECONDS, FilterBudget
from logstream.live.group import FilteredGroup, Wanted
from logstream.live.portions import PORTION_ENTRIES, portions
from logstream.query.conditions import Equals
from tests.live.client import batch_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class CostlyGroup(FilteredGroup):
    """A filter that takes so many seconds of the processor's time for a portion."""

    def __init__(self, name: str, processor: Clock, seconds: float) -> None:
        super().__init__(Wanted((Equals("app_key", name),)))
        self.steps = 0
        self._processor = processor
        self._seconds = seconds

    def step(self) -> None:
        super().step()
        self.steps += 1
        self._processor.now += self._seconds

    def offer_portions(self, count: int) -> None:
        batch = batch_of(0, count * PORTION_ENTRIES, 0)
        for portion in portions(batch.split_lines(), batch.entries):
            self.offer(portion)


def test_filters_within_the_budget_look_at_all_that_waits() -> None:
    processor = Clock()
    groups = [CostlyGroup(name, processor, 0.001) for name in ("a", "b")]
    for group in groups:
        group.offer_portions(4)
    FilterBudget(Clock(), processor).run(groups)
    assert [group.steps for group in groups] == [4, 4]
    assert not any(group.waiting for group in groups)


def test_a_turn_ends_in_time_for_others_to_have_theirs() -> None:
    processor = Clock()
    group = CostlyGroup("a", processor, TURN_SECONDS / 2)
    group.offer_portions(5)
    budget = FilterBudget(Clock(), processor)
    budget.run([group])
    assert group.steps == 2
    budget.run([group])
    assert group.steps == 4


def test_what_was_saved_up_is_spent_once_and_then_only_the_share_is() -> None:
    clock, processor = Clock(), Clock()
    step = TURN_SECONDS * 0.6
    group = CostlyGroup("a", processor, step)
    budget = FilterBudget(clock, processor)
    for _ in range(50):
        group.offer_portions(1)
        budget.run([group])
    saved_up = processor.now
    assert FILTER_BURST <= saved_up < FILTER_BURST + step
    while clock.now < 10:
        group.offer_portions(1)
        clock.now += TURN_SECONDS
        budget.run([group])
    assert FILTER_SHARE * clock.now - step < processor.now - saved_up < FILTER_SHARE * clock.now + step


def test_a_costly_filter_does_not_hold_up_one_that_stays_within_its_part() -> None:
    clock, processor = Clock(), Clock()
    costly = CostlyGroup("a", processor, FILTER_BURST)
    cheap = CostlyGroup("b", processor, 0.0001)
    budget = FilterBudget(clock, processor)
    for _ in range(20):
        costly.offer_portions(1)
        cheap.offer_portions(1)
        clock.now += 0.01
        budget.run([cheap, costly])
    assert cheap.steps == 20
    assert costly.steps < 5
