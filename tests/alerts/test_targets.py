"""What may not be connected to is refused: by address, by name, and where a connection really goes."""

import asyncio

import pytest

from logstream.alerts import addresses
from logstream.alerts.alert import InvalidAlert, Target, read_alert
from logstream.alerts.notice import Notice
from logstream.alerts.targets import Targets
from logstream.alerts.webhook import Undelivered
from tests.targets import http_target, mailbox

NOTICE = Notice("x", "firing", "2026-01-01T00:00:00.000Z", None, 1, None, None, None, "http://localhost/")


def check(*urls: str) -> None:
    alert = read_alert({"name": "x", "when": {"kind": "each"}, "targets": list(urls)})
    asyncio.run(Targets().checked(alert))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://localhost:8081/api",
        "http://user:password@localhost/",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "https://192.168.0.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://224.0.0.1/",
        "json://localhost/x",
        "jsons://169.254.169.254/",
        "mailto://user:password@127.0.0.1:25?from=a@example.com&to=b@example.com",
        "gotify://192.168.1.1/token",
    ],
)
def test_an_address_of_this_machine_or_network_is_refused(url: str) -> None:
    with pytest.raises(InvalidAlert, match="no public address; ALERT_ALLOW_PRIVATE=1 allows it") as refused:
        check(url)
    assert "password" not in str(refused.value)


@pytest.mark.parametrize("url", ["http:///x", "http://", "https://:80", "http://example.com:port/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidAlert, match="no web address"):
        check(url)


def test_public_addresses_are_taken_and_names_that_can_not_be_found_yet() -> None:
    check("https://93.184.216.34/hook", "https://nowhere.invalid/hook", "jsons://nowhere.invalid/hook")


def deliver(url: str) -> str:
    """Why it was not delivered, to an address that was not looked at before: its name led elsewhere then."""
    with pytest.raises(Undelivered) as failed:
        asyncio.run(Targets().tell(Target(url, "shown"), NOTICE, "id"))
    return str(failed.value)


def test_a_name_that_leads_elsewhere_later_leads_nowhere() -> None:
    with http_target() as target, mailbox() as box:
        for url in (target.url.replace("127.0.0.1", "localhost"), f"json://localhost:{target.port}/x"):
            assert "no public address" in deliver(url)
        mail = f"mailto://localhost:{box.port}?from=a@example.com&to=b@example.com&mode=insecure"
        assert "no public address" in deliver(mail)
        assert target.requests == []
        assert box.mails == []


def test_a_redirect_leads_to_public_addresses_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = addresses.check
    monkeypatch.setattr(addresses, "check", lambda address, host=None: address == "127.0.0.1" or refused(address, host))
    with http_target() as target, http_target() as inside:
        target.status, target.location = 307, inside.url.replace("127.0.0.1", "127.0.0.2")
        assert "127.0.0.2, which is no public address" in deliver(target.url)
        assert len(target.requests) == 1
        assert inside.requests == []
        target.location = "file:///etc/passwd"
        assert "no web address" in deliver(target.url)
        target.location = "http://[x"
        assert "no web address" in deliver(target.url)
        target.location = target.url
        assert "more than 3 times" in deliver(target.url)


def tell(url: str) -> None:
    asyncio.run(Targets(allow_private=True).tell(Target(url, "shown"), NOTICE, "id"))


def test_an_address_is_one_address_whatever_is_in_it() -> None:
    with http_target() as target, http_target() as other:
        tell(f"json://127.0.0.1:{target.port}/a,json://127.0.0.1:{other.port}/b")
        assert (len(target.requests), other.requests) == (1, [])


def test_no_file_of_this_machine_is_told() -> None:
    with pytest.raises(Undelivered, match="no file of this machine may be read"):
        tell("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#oncall?template=/etc/hostname")
