"""Names of classes and features, from the field in which they are typed to every place where they are shown."""

from __future__ import annotations

from tests.app.driver import TUTORIAL, charts, codes, enter, items, linked, opened, text, value


def test_classes_are_called_by_their_names_everywhere() -> None:
    page = enter(opened(at=""), "labels.classes", "yes, no")
    assert linked(page).labels.classes == ("yes", "no")
    assert [trace["name"] for trace in charts(page)["softmax_bars"]["data"]][:2] == ["yes", "no"]
    assert any("# Classes: yes, no" in code for code in codes(enter(page, "view", "code")))
    for name in ("forward", "initialise"):
        assert opened(linked(page), name)


def test_features_are_called_by_their_names_on_forward() -> None:
    page = enter(opened(at=""), "labels.features", "age，height")
    named = linked(page)
    assert named.labels.features == ("age", "height")
    forward = opened(named, "forward", x="1 2 3")
    labels = {item["name"]: item["label"] for _, item in items(forward) if item["name"] in ("x1", "x3")}
    assert labels == {"x1": "age", "x3": "x3"}
    assert "age 1.00" in text(forward) and "x3 3.00" in text(forward)  # the terms of the first layer's sum


def test_what_is_no_name_stays_in_its_field_with_the_reason() -> None:
    page = enter(opened(at=""), "labels.classes", "<b>, no")
    assert linked(page) == TUTORIAL
    assert value(page, "labels.classes") == "<b>, no"
    assert "“<b>” can't be a name here" in text(page)
