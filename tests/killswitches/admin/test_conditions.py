"""Conditions on the pages of the admin: their form, their preview, and where they are shown."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from killswitches.conditions.conditions import EVERYBODY, Conditions, read_conditions
from killswitches.gate import switches_on
from killswitches.models import SwitchFlip
from killswitches.previews import Matched
from killswitches.registry import FILE_CREATE, GLOBAL, Switch
from killswitches.services import set_switch, states
from tests.killswitches.pages import FLIPS, LIST, page_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.killswitches.urls")]

PreviewBy = Callable[..., None]

UPLOADS = page_of(FILE_CREATE)
SOME = read_conditions(
    dialect="v5", client="Fire<b>fox", version="<120", network="203.0.113.0/24", share="10"
)
ONLY_FOR = (
    "On only for callers with all of these conditions: dialect v5; client Fire&lt;b&gt;fox, "
    "version &lt;120; network 203.0.113.0/24; 10% of the callers."
)


class Provider:
    """A provider of previews that knows two dialects."""

    def __init__(self) -> None:
        self.asked: list[tuple[Switch, Conditions]] = []

    def dialects(self) -> list[str]:
        return ["v4", "v5"]

    def preview(self, switch: Switch, conditions: Conditions) -> list[Matched]:
        self.asked.append((switch, conditions))
        return [
            Matched("Sessions", 1234, 5678, note="Staff too."),
            Matched("Logins", 1, 5000, is_partial=True),
            Matched("Failures", None, 0),
        ]


class Broken(Provider):
    def dialects(self) -> list[str]:
        raise RuntimeError

    def preview(self, switch: Switch, conditions: Conditions) -> list[Matched]:
        raise RuntimeError


@pytest.fixture
def provider(preview_by: PreviewBy) -> Provider:
    provider = Provider()
    preview_by(provider)
    return provider


def words(response: Any) -> str:
    """Return a page without markup, on one line."""
    assert response.status_code == 200
    text = " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())
    return re.sub(r" (?=[.;])", "", text)


def filled_in(client: Client, **changes: str) -> dict[str, str]:
    """Return the form of FILE_CREATE as a browser would post it."""
    context = client.get(UPLOADS).context
    fields = {name: context["form"][name].value() or "" for name in context["form"].fields}
    return fields | {"version": context["state"].version, "reason": "full"} | changes


def typed(conditions: Conditions) -> dict[str, str]:
    return {f"only_{kind}": text for kind, text in conditions.as_texts().items()}


def test_a_switch_is_turned_on_for_some_callers(changer: Client, provider: Provider) -> None:
    response = changer.post(UPLOADS, filled_in(changer, **typed(SOME)), follow=True)
    assert said(response) == ["Turned on: FILE_CREATE."]
    assert switches_on().conditional == {FILE_CREATE.bit: SOME}
    # In the banner and in the list; on the page, in the history too.
    assert words(response).count(ONLY_FOR) == 2
    assert words(changer.get(UPLOADS)).count(ONLY_FOR) == 2
    assert (
        ONLY_FOR.partition(": ")[2][:-1]
        in words(changer.get(UPLOADS)).partition("Latest changes")[2]
    )
    assert "<b>fox" not in changer.get(UPLOADS).content.decode()


def test_a_link_fills_in_conditions_instead_of_the_former_ones(
    changer: Client, provider: Provider
) -> None:
    set_switch(FILE_CREATE, True, conditions=SOME)
    link = f"{UPLOADS}?only_network=%3Cb%3E&reason=x&name=x"
    form = changer.get(link).context["form"]
    shown = {name: form[name].value() or "" for name in form.fields}
    assert shown == dict.fromkeys(shown, "") | {"only_network": "<b>"}
    assert "<b>" not in changer.get(link).content.decode().partition("<main")[2]
    # What is posted to it counts.
    response = changer.post(link, filled_in(changer, only_network="198.51.100.0/24"), follow=True)
    assert said(response) == ["Turned on: FILE_CREATE."]
    assert switches_on().conditional[FILE_CREATE.bit].as_texts()["network"] == "198.51.100.0/24"


def test_the_history_of_all_switches_tells_the_conditions(admin_client: Client) -> None:
    set_switch(FILE_CREATE, True, conditions=SOME)
    set_switch(FILE_CREATE, False)
    assert words(admin_client.get(FLIPS)).count("network 203.0.113.0/24; 10% of the callers") == 1


def test_conditions_are_kept_and_the_page_says_so(changer: Client, provider: Provider) -> None:
    set_switch(FILE_CREATE, True, conditions=SOME)
    set_switch(FILE_CREATE, False)
    kept = ONLY_FOR.replace("On only for", "When turned on, only for")
    assert kept in words(changer.get(UPLOADS))
    assert kept in words(changer.get(LIST))
    changer.post(UPLOADS, filled_in(changer))
    assert states()[FILE_CREATE.number].conditions == SOME


def test_in_arabic_signs_stay_in_front_of_versions(changer: Client, provider: Provider) -> None:
    set_switch(FILE_CREATE, True, conditions=SOME, actor_name="ann")
    page = changer.get(UPLOADS, headers={"Accept-Language": "ar"}).content.decode()
    assert "\u2066&lt;5.2\u2069 أو" in page
    assert "الإصدار \u2066&lt;120\u2069" in page
    [typed] = re.findall(r'<input[^>]* name="only_version"[^>]*>', page)
    assert 'dir="auto"' in typed


def test_emptied_fields_turn_it_on_for_everybody(changer: Client, provider: Provider) -> None:
    set_switch(FILE_CREATE, True, conditions=SOME)
    empty = {f"only_{kind}": "" for kind in SOME.as_texts()}
    changer.post(UPLOADS, filled_in(changer, **empty))
    assert switches_on().mask == FILE_CREATE.bit
    page = words(changer.get(UPLOADS))
    assert "only for callers" not in page.partition("Latest changes")[0].replace(
        "is on only for", ""
    )
    newest = SwitchFlip.objects.first()
    assert newest is not None
    assert (newest.conditions, newest.reason) == (EVERYBODY, "full")


@pytest.mark.parametrize(
    ("fields", "wrong", "message"),
    [
        ({"only_dialect": "v6"}, "only_dialect", "There is no such dialect. There are: v4, v5."),
        ({"only_version": "5"}, "only_version", "Enter the name of the client, too."),
        ({"only_network": "203.0.113.9/24"}, "only_network", "The network is 203.0.113.0/24."),
        ({"only_network": "x" * 65}, "only_network", "at most 64 characters"),
        ({"only_network": "\0"}, "only_network", "Null characters are not allowed."),
        ({"only_share": "100"}, "only_share", "from 1 to 99"),
        ({"only_client": "x" * 65}, "only_client", "at most 64 characters"),
    ],
    ids=str,
)
@pytest.mark.parametrize("button", [{}, {"preview": "1"}])
def test_an_invalid_condition_changes_nothing(
    changer: Client,
    provider: Provider,
    fields: dict[str, str],
    wrong: str,
    message: str,
    button: dict[str, str],
) -> None:
    response = changer.post(UPLOADS, filled_in(changer, **fields, **button))
    assert set(response.context["form"].errors) == {wrong}
    assert message in words(response)
    assert not SwitchFlip.objects.exists()
    assert provider.asked == []


def test_the_preview_changes_nothing_and_takes_no_reason(
    changer: Client, provider: Provider
) -> None:
    fields = filled_in(changer, **typed(SOME), reason="", preview="Preview the conditions")
    response = changer.post(UPLOADS, fields)
    assert provider.asked == [(FILE_CREATE, SOME)]
    page = words(response)
    for told in (
        "Preview: the last 15 minutes",
        "Sessions: 1,234 of 5,678. Staff too.",
        "Logins: 1 of the 5,000 that were looked at (there are more)",
        "Failures: not known",
        "Nothing has been changed.",
    ):
        assert told in page, told
    assert not response.context["form"].errors
    assert not SwitchFlip.objects.exists()
    # What was typed is still there.
    assert response.context["form"]["only_network"].value() == "203.0.113.0/24"


def test_the_preview_of_a_guarded_switch_takes_no_name(changer: Client, provider: Provider) -> None:
    response = changer.post(page_of(GLOBAL), {"only_share": "10", "preview": "1"})
    assert provider.asked == [(GLOBAL, Conditions(share=10))]
    assert not response.context["form"].errors


def test_only_those_who_may_flip_may_preview(viewer: Client, provider: Provider) -> None:
    assert viewer.post(UPLOADS, {"only_share": "10", "preview": "1"}).status_code == 403
    assert provider.asked == []
    assert "Preview" not in viewer.get(UPLOADS).content.decode()


def test_without_a_provider_there_is_no_preview_and_any_dialect(
    changer: Client, preview_by: PreviewBy
) -> None:
    preview_by()
    assert "Preview" not in changer.get(UPLOADS).content.decode()
    changer.post(UPLOADS, filled_in(changer, only_dialect="ours"))
    assert switches_on().conditional == {FILE_CREATE.bit: Conditions(dialect="ours")}


def test_a_broken_provider_stops_nobody(changer: Client, preview_by: PreviewBy) -> None:
    preview_by(Broken())
    fields = filled_in(changer, **typed(SOME))
    assert "not available at the moment" in words(changer.post(UPLOADS, fields | {"preview": "1"}))
    changer.post(UPLOADS, fields)
    assert switches_on().conditional == {FILE_CREATE.bit: SOME}
