"""Memory for answers: a loan that is taken before the work begins and lasts until the answer is sent."""

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from logstream.memory import Loan, Share, peer_of
from logstream.query.conditions import And, Condition, Not, Or
from logstream.web.disconnects import while_connected

SEARCH_BYTES: Final = 1024 * 1024
"""What a search takes with its answer, where entries are of the usual size."""

CONDITION_BYTES: Final = 1_500_000 * max(2, os.cpu_count() or 2)
"""What each of its conditions takes while rows are compared, with messages of some 600 bytes (measured)."""

WAIT_SECONDS: Final = 30
"""How long a search waits for its turn."""


def peer_of_request(request: Request) -> str:
    return peer_of(request.client.host) if request.client else ""


def count_conditions(where: Sequence[Condition]) -> int:
    """How many things entries are compared with."""
    count = 0
    for condition in where:
        match condition:
            case And(conditions=parts) | Or(conditions=parts):
                count += count_conditions(parts)
            case Not(condition=negated):
                count += count_conditions([negated])
            case _:
                count += 1
    return count


async def on_loan(
    request: Request, share: Share, where: Sequence[Condition], search: Callable[[], Awaitable[Response]]
) -> Response:
    """The answer of a search with these conditions, which has its turn when there is memory for it. Raises NoRoom."""
    size = SEARCH_BYTES + CONDITION_BYTES * count_conditions(where)
    loan = await loan_for(request, share, size, WAIT_SECONDS)
    try:
        return OnLoan(await search(), loan)
    except BaseException:
        loan.end()
        raise


async def loan_for(request: Request, share: Share, size: int, seconds: float) -> Loan:
    """A loan of so many bytes, unless the client goes away while it waits. Raises NoRoom."""
    loan = share.loan(peer_of_request(request))
    if not loan.take(size):
        try:
            await while_connected(request, loan.wait(size, seconds))
        except BaseException:
            loan.end()
            raise
    return loan


class OnLoan(Response):
    """An answer during which a loan lasts."""

    def __init__(self, response: Response, loan: Loan) -> None:
        self._response = response
        self._loan = loan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._response(scope, receive, send)
        finally:
            self._loan.end()
