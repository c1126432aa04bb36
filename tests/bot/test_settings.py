"""Settings: what is missing or wrong is named, in a line each, with file, key and what was expected."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.settings import BadSettings, Environment, read_settings, settings_of
from policy.entitlement import Addresses
from tests.policy.examples import FOLLOW_THE_SUN, follow_the_sun


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "supportbot.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_has_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read_settings()
    assert settings.environment.supportbot_host == "127.0.0.1"
    assert settings.environment.supportbot_port == 3000
    assert settings.worker.channel_interval_ms == 1000
    assert list(settings.policy.severities) == ["1", "2", "3", "4"]


def test_the_file_is_read_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(
        tmp_path,
        '[staff]\ntriage_channel = "C0TRIAGE"\n[policy.severity.1]\nrespond = "8s"\n'
        '[regions.japan]\non_call = "S0ONCALL"\n[worker]\nchannel_interval = "0s"\n',
    )
    monkeypatch.setenv("SUPPORTBOT_CONFIG", str(path))
    settings = read_settings()
    assert settings.staff.triage_channel == "C0TRIAGE"
    assert settings.policy.severity("1").respond.total_seconds() == 8  # type: ignore[union-attr]
    assert settings.policy.severity("2").update_every is not None
    assert settings.on_call == {"japan": "S0ONCALL"}
    assert settings.policy.regions["japan"].zone == "Asia/Tokyo"
    assert settings.worker.channel_interval_ms == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[staff", "Expected"),
        ("[stuff]", "stuff: no such key"),
        ("[staff]\nengineer = []", "staff.engineer: no such key"),
        ("[staff]\nlanguage = 'fr'", "staff.language: input should be 'en' or 'ja'"),
        ("[staff]\nengineers = ['erin']", "staff.engineers.0: expected the id of a user, such as U0"),
        ("[staff]\ntams = ['S0TAMS']", "staff.tams.0: expected the id of a user, such as U0"),
        ("[staff]\nadmins = ['']", "staff.admins.0: expected the id of a user"),
        (
            "[staff]\nengineers_group = '@dev'",
            "staff.engineers_group: expected the id of a user group, such as S0",
        ),
        (
            "[staff]\ntriage_channel = '#triage'",
            "staff.triage_channel: expected the id of a channel, such as C0",
        ),
        ("[vendor]\nhome_team = 'acme'", "vendor.home_team: expected the id of a workspace, such as T0"),
        ("[policy.severity.1]\nrespond = 'soon'", "severity.1.respond: expected a duration"),
        ("[policy.severity.1]\nrespnd = '2h'", "severity.1.respnd: no such key; did you mean respond?"),
        ("[regions.mars]\nzone = 'Mars/Base'", "regions.mars"),
        ("[regions.japan]\non_call = 'erin'", "regions.japan.on_call: expected the id of a Slack user"),
        ("[worker]\nconcurrency = 0", "worker.concurrency"),
        ("[worker]\nchannel_interval = 'often'", "worker.channel_interval"),
        ("[[releases]]\nversion = '1.0'", "releases.0.date: field required"),
        ("[[releases]]\nversion = ' '\ndate = 2026-06-01", "releases.0.version"),
        ("[[releases]]\nversion = '1.0'\ndate = 'June'", "releases.0.date: input should be a valid date"),
        ("[[releases]]\nversion = '1.0'\ndate = 2026", "releases.0.date: expected a date such as 2026-06-01"),
        (
            "[[releases]]\nversion = '1.0'\ndate = 2026-06-01T09:00:00",
            "releases.0.date: expected a date such as 2026-06-01",
        ),
        ("[[releases]]\nversion = '1.0'\ndate = 1926-06-01", "releases.0.date: input should be greater"),
        ("[releases]\nversion = '1.0'", "releases"),
        (
            "[[releases]]\nversion = '1.0'\ndate = 2026-06-01\n[[releases]]\nversion = 'v1.0'\ndate = 2026-07-01",
            "releases.1.version: expected a version of its own, 'v1.0' is releases.0 too",
        ),
        ("[regions.japan]\n[policy.regions.japan]", "policy.regions: expected regions in one place"),
    ],
)
def test_a_bad_file_is_refused_with_file_key_and_what_was_expected(
    tmp_path: Path, text: str, said: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadSettings) as caught:
        read_settings({"supportbot_config": path})
    assert str(path) in caught.value.problems[0]
    assert said in caught.value.problems[0]


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="there is no such file"):
        read_settings({"supportbot_config": tmp_path / "none.toml"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SUPPORTBOT_LOG", "loud", "SUPPORTBOT_LOG: input should be 'debug', 'info', 'warning' or 'error'"),
        (
            "SLACK_API_URL",
            "slack.com/api",
            "SLACK_API_URL: expected an address such as https://slack.com/api/",
        ),
        ("SLACK_API_URL", "https://", "SLACK_API_URL: expected an address"),
        ("SLACK_API_URL", "http://[::1/api", "SLACK_API_URL: expected an address"),
        ("SLACK_API_URL", "http://host:port/", "SLACK_API_URL: expected an address"),
    ],
)
def test_a_bad_environment_is_refused_by_name(
    name: str, value: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        read_settings()
    (line,) = caught.value.problems
    assert line.startswith(f"environment: {said}")


def test_the_level_of_the_log_may_be_in_capitals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUPPORTBOT_LOG", "DEBUG")
    assert read_settings().environment.supportbot_log == "debug"


def test_an_env_file_in_another_encoding_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes("# サポート\nSUPPORTBOT_PORT=3001\n".encode("shift_jis"))
    with pytest.raises(BadSettings) as caught:
        read_settings()
    (line,) = caught.value.problems
    assert line.startswith(".env: expected UTF-8")


def test_what_staff_need_is_named_in_a_line_each() -> None:
    def missing(**staff: object) -> list[str]:
        table = settings_of(Environment.of(), {"staff": staff}, "f.toml").staff
        return [line.split()[0] for line in table.missing(Path("f.toml"))]

    assert missing() == ["staff.triage_channel", "staff.engineers_group"]
    assert missing(triage_channel="C0TRIAGE") == ["staff.engineers_group"]
    assert missing(triage_channel="C0TRIAGE", engineers=["U0ERIN"]) == []
    assert missing(triage_channel="G0TRIAGE", admins=["W0ADMIN"]) == []
    assert missing(triage_channel="C0TRIAGE", engineers_group="S0ENGINEERS") == []


def test_what_a_workspace_needs_is_named_in_a_line_each() -> None:
    assert [line.split()[0] for line in Environment.of().missing_for_slack()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
    ]
    assert Environment.of(slack_bot_token="x", slack_app_token="x").missing_for_slack() == []
    assert Environment.of(slack_bot_token="x", slack_signing_secret="x").missing_for_slack() == []


def test_the_machine_s_environment_does_not_leak_into_one_made_on_purpose(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "from-the-machine")
    assert Environment.of().slack_bot_token == ""
    assert Environment().slack_bot_token == "from-the-machine"


@pytest.mark.parametrize(
    ("given", "used"),
    [("http://127.0.0.1:9/api", "http://127.0.0.1:9/api/"), ("http://x/api/", "http://x/api/")],
)
def test_the_api_s_address_ends_with_a_slash(given: str, used: str) -> None:
    assert Environment.of(slack_api_url=given).api_url == used


def test_the_hotline_number_is_in_the_addresses_and_in_no_log() -> None:
    vendor = {"portal": "https://portal", "hotline": "+1 555 0100", "consulting": "https://partners"}
    settings = settings_of(Environment.of(), {"vendor": vendor}, "f.toml")
    assert settings.vendor.addresses == Addresses("https://portal", "+1 555 0100", "https://partners")
    assert "555" not in repr(settings.vendor)
    assert "555" not in repr(settings)


def test_three_severities_with_other_names() -> None:
    names = {"en": "x", "ja": "x"}
    severity = {"name": names, "definition": names, "respond": "1h"}
    table = {
        "policy": {
            "replace": ["severity", "impact", "not_production", "plan"],
            "default_severity": "minor",
            "severity": {"blocker": severity, "major": severity, "minor": severity},
            "impact": {"all": {"name": names, "suggest": "blocker"}},
            "not_production": {"severity": {"blocker": "major"}},
            "plan": {"desk": {"name": names, "support": [{"hours": "9x5"}]}},
        }
    }
    settings = settings_of(Environment.of(), table, "another.toml")
    assert list(settings.policy.severities) == ["blocker", "major", "minor"]


def test_releases_are_in_the_order_of_their_dates(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "[[releases]]\nversion = '7.2'\ndate = 2026-06-01\n[[releases]]\nversion = '7.1'\ndate = '2025-11-30'\n",
    )
    releases = read_settings({"supportbot_config": path}).releases
    assert [(release.version, release.date) for release in releases] == [
        ("7.1", date(2025, 11, 30)),
        ("7.2", date(2026, 6, 1)),
    ]
    assert settings_of(Environment.of(), {}, "none.toml").releases == ()


def test_the_example_of_another_vendor_is_a_whole_settings_file() -> None:
    settings = read_settings({"supportbot_config": FOLLOW_THE_SUN})
    assert settings.policy.version == follow_the_sun().version
    assert list(settings.policy.severities) == ["outage", "degraded", "question"]
    assert settings.on_call == {"sydney": "S0SYDNEY", "london": "S0LONDON", "denver": "S0DENVER"}
    assert [release.version for release in settings.releases] == ["2026.1", "2026.2"]
    assert settings.vendor.hotline is None


@pytest.mark.parametrize(
    ("table", "expected"),
    [({"incident": "incident"}, "commands.incident"), ({"incident": "/tam"}, "three names that differ")],
)
def test_names_of_commands_that_slack_would_not_take(table: dict[str, str], expected: str) -> None:
    with pytest.raises(BadSettings, match=expected):
        settings_of(Environment.of(), {"commands": table}, "supportbot.toml")


def test_when_and_where_a_shift_is_handed_over() -> None:
    def staff(**table: Any) -> Any:
        return settings_of(Environment.of(), {"staff": table}, "desk.toml").staff

    assert [str(one) for one in staff(digest_at="09:00 Asia/Tokyo").digest_at] == ["09:00 Asia/Tokyo"]
    several = staff(digest_at=["09:00 Asia/Tokyo", "17:30 Europe/London"], digest_channel="C0LEADS")
    assert [str(one) for one in several.digest_at] == ["09:00 Asia/Tokyo", "17:30 Europe/London"]
    assert staff(zones={"U0OMAR": "Asia/Tokyo"}).zones == {"U0OMAR": "Asia/Tokyo"}
    for table, says in (
        ({"digest_at": "9am"}, "staff.digest_at: expected a time of day and a zone"),
        ({"digest_at": ["09:00 Tokyo"]}, "such as '09:00 Asia/Tokyo', got '09:00 Tokyo'"),
        ({"digest_at": 9}, "staff.digest_at"),
        ({"zones": {"U0OMAR": "Mars"}}, "expected the name of a zone such as Asia/Tokyo, got 'Mars'"),
        ({"digest_channel": "leads"}, "staff.digest_channel: expected the id of a channel"),
    ):
        with pytest.raises(BadSettings) as caught:
            staff(**table)
        assert says in str(caught.value)
