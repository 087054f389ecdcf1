"""The order of acceptance where one server gives out all ids: theirs."""

from collections.abc import Callable

from logstream.entries.entry import Batch


class OwnOrder:
    """The part of a store that names places in that order, and hands on what is durable."""

    position = None

    def __init__(self) -> None:
        self._publish: Callable[[Batch], None] = lambda batch: None

    async def position_of(self, entry_id: str) -> str | None:
        """The id: they sort in the order of acceptance."""
        return entry_id

    def follow(self, publish: Callable[[Batch], None]) -> None:
        self._publish = publish

    def _handing_on(self, batch: Batch, on_durable: Callable[[], None]) -> Callable[[], None]:
        """What is to be called once the batch is durable."""

        def hand_on() -> None:
            self._hand_on(batch)
            on_durable()

        return hand_on

    def _hand_on(self, batch: Batch) -> None:
        self._publish(batch)
