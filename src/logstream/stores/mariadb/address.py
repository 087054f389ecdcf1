"""Where a database is, and who we are there. Apart from all else, since it takes no driver to know it."""

import msgspec


class Address(msgspec.Struct, frozen=True):
    """It shows itself without the password."""

    host: str
    port: int
    name: str
    user: str
    password: str | None

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.name}"

    def __repr__(self) -> str:
        return f"Address({self})"
