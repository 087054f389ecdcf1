"""Traffic of a shop with an incident in it: an hour as usual, then one with a deploy.

Six services log through two hours. Thirty minutes before the end, billing-api 5.2.0 is rolled out: its payments begin
to time out, the gateway answers 502, the breaker opens, and receipts are no longer sent; twelve minutes before the end
it is rolled back.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

DEPLOYED: Final = timedelta(minutes=30)
ROLLED_BACK: Final = timedelta(minutes=12)
SPAN: Final = timedelta(hours=2)

_PATHS: Final = ("/cart", "/checkout", "/products", "/orders", "/search", "/login")
_ROUTINE: Final = (
    ("gateway", "info", "http", "{method} {path} 200 in {ms} ms", 30),
    ("gateway", "info", "http", "{method} {path} 304 in {ms} ms", 8),
    ("gateway", "warning", "http", "Slow request: {path} took {slow} ms", 1),
    ("shop-web", "info", "cart", "Item {sku} added to cart {id}", 9),
    ("shop-web", "info", "orders", "Order {n} placed by user {user}", 5),
    ("shop-web", "debug", "cache", "Cache miss for product:{n}", 10),
    ("auth-api", "info", "login", "User {user} logged in from {ip}", 7),
    ("auth-api", "notice", "login", "Password of user {user} was changed", 1),
    ("auth-api", "warning", "login", "Failed login for user {user} from {ip}", 2),
    ("search-api", "info", "search", 'Query "{word}" found {n} products in {ms} ms', 8),
    ("search-api", "debug", "index", "Segment {id} merged in {ms} ms", 3),
    ("worker", "info", "jobs", "Job {id} finished in {ms} ms", 8),
    ("worker", "warning", "jobs", "Job {id} is retried, attempt {few}", 1),
)
_HEALTHY: Final = (
    ("billing-api", "info", "payments", "Charged invoice #{n} in {ms} ms", 6),
    ("worker", "info", "mail", "Receipt for invoice #{n} sent to {mail}", 5),
)
_BROKEN: Final = (
    ("billing-api", "error", "payments", "Charge failed for invoice #{n}: gateway timed out after 30000 ms", 7),
    ("billing-api", "critical", "payments", "Circuit breaker for payments-gateway opened after {few} failures", 1),
    ("billing-api", "warning", "database", "Connection pool exhausted: {few} of 20 connections in use", 5),
    ("billing-api", "info", "payments", "Charged invoice #{n} in {slow} ms", 1),
    ("gateway", "error", "http", "Upstream billing-api answered 502 to POST {path} after {slow} ms", 8),
    ("shop-web", "error", "orders", "Checkout of cart {id} failed: upstream said 502", 6),
)
_STACK: Final = [
    "GatewayTimeout: no answer within 30000 ms",
    "    at Gateway.charge (/app/src/gateway.js:88:13)",
    "    at async Billing.settle (/app/src/billing.js:41:5)",
]
_WORDS: Final = ("running shoes", "blue jacket", "tent", "headlamp", "wool socks")


def incident(per_minute: int = 50, until: datetime | None = None) -> Iterator[dict[str, Any]]:
    """The entries, the oldest first; the same ones whenever it is run, their times aside."""
    dice = random.Random(17)
    until = until or datetime.now(UTC)
    minutes = int(SPAN.total_seconds()) // 60
    for minute in range(minutes):
        start = until - timedelta(minutes=minutes - minute)
        is_broken = until - DEPLOYED <= start < until - ROLLED_BACK
        version = "5.2.0" if is_broken else "5.1.4"
        kinds = [*_ROUTINE, *(_BROKEN if is_broken else _HEALTHY)]
        weights = [kind[-1] for kind in kinds]
        moments = sorted(dice.uniform(0, 60) for _ in range(per_minute + dice.randint(-6, 6)))
        if start <= until - DEPLOYED < start + timedelta(minutes=1):
            yield _entry(
                dice, ("deploy", "notice", "deploy", "Deployed billing-api 5.2.0 to production"), start, "5.2.0"
            )
        if start <= until - ROLLED_BACK < start + timedelta(minutes=1):
            yield _entry(
                dice, ("deploy", "notice", "deploy", "Rolled back billing-api from 5.2.0 to 5.1.4"), start, "5.1.4"
            )
        for moment in moments:
            kind = dice.choices(kinds, weights)[0]
            yield _entry(dice, kind[:4], start + timedelta(seconds=moment), version)


def _entry(dice: random.Random, kind: tuple[str, str, str, str], at: datetime, version: str) -> dict[str, Any]:
    app, level, category, message = kind
    user = dice.randint(1000, 9999)
    duration = dice.randint(3, 180)
    context: dict[str, Any] = {"user": {"id": user}, "region": dice.choice(("eu-west", "eu-west", "us-east"))}
    if app == "billing-api":
        context["version"] = version
    if "ms" in message:
        context["duration"] = duration
    if "gateway timed out" in message:
        context["stack"] = "\n".join(_STACK)
    return {
        "app_key": app,
        "app_id": dice.choices(("production", "staging"), (9, 1))[0],
        "level": level,
        "category": category,
        "message": message.format(
            method=dice.choice(("GET", "GET", "POST")),
            path=dice.choice(_PATHS),
            ms=duration,
            slow=dice.randint(2000, 31_000),
            sku=f"SKU-{dice.randint(100, 999)}",
            id=f"{dice.getrandbits(48):012x}",
            n=dice.randint(1000, 99_999),
            few=dice.randint(2, 20),
            user=user,
            ip=f"10.{dice.randint(0, 9)}.{dice.randint(0, 255)}.{dice.randint(1, 254)}",
            word=dice.choice(_WORDS),
            mail=f"user{user}@example.com",
        ),
        "context": context,
        "timestamp": at.isoformat().replace("+00:00", "Z"),
    }
