"""``doctor``: versions, extras, the application and the store, each in a line."""

from importlib.metadata import PackageNotFoundError, version

from tests.services import postgres_database

SHOP = ("--app", "tests.cli.shop:system")


def stands(ended):
    return {row["what"]: row["stands"] for row in ended.data()}


def test_without_anything_it_looks_at_what_is_installed(telic):
    ended = telic("doctor", "--json")
    assert ended.code == 0
    assert {one: stands(ended)[one] for one in ("python", "telic", "pydantic", "extra cli")} == {
        "python": "ok", "telic": "ok", "pydantic": "ok", "extra cli": "ok",
    }  # fmt: skip
    assert "store" not in stands(ended)


def test_an_extra_that_is_absent_says_what_to_type_and_is_not_wrong(telic, monkeypatch):
    def found(name):
        if name == "cronsim":
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr("telic.cli.examining.version", found)
    ended = telic("doctor", "-o", "plain")
    assert ended.code == 0
    assert "extra schedules\tabsent\tpip install 'telic[schedules]'\n" in ended.out


def test_tables_that_are_behind_are_wrong_until_they_are_upgraded(telic, file):
    ended = telic("doctor", *SHOP, "--store", file, "--json")
    assert (ended.code, stands(ended)["application"], stands(ended)["tables"]) == (9, "ok", "wrong")
    (told,) = [row["found"] for row in ended.data() if row["what"] == "tables"]
    assert told.endswith("; do telic db upgrade")
    telic("db", "upgrade", "--store", file)
    assert telic("doctor", *SHOP, "--store", file).code == 0


def test_the_clock_of_a_server_is_compared(telic):
    with postgres_database() as url:
        telic("db", "upgrade", "--store", url)
        assert stands(telic("doctor", "--store", url, "--json"))["clock"] == "ok"


def test_clocks_that_differ_are_wrong(telic, file, monkeypatch):
    async def skew(self):
        return -60.0

    telic("db", "upgrade", "--store", file)
    monkeypatch.setattr("telic.cli.tables._File.skew_seconds", skew)
    ended = telic("doctor", "--store", file, "-o", "plain")
    assert ended.code == 9
    assert "clock\twrong\t60.000 s apart\n" in ended.out


def test_what_cannot_be_loaded_or_reached_is_wrong_and_the_rest_is_told(telic):
    ended = telic(
        "doctor", "--app", "tests.cli.shop:sytem", "--store", "postgresql://app:secret@127.0.0.1:1/shop", "--json"
    )
    assert ended.code == 9
    assert (stands(ended)["application"], stands(ended)["store"]) == ("wrong", "wrong")
    assert "did you mean 'system'?" in ended.out
    assert "secret" not in ended.out
