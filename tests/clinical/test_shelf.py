from serein.clinical.shelf import Shelf


def test_a_thing_named_without_its_version_is_the_newest():
    shelf = Shelf()
    for version in (2, 10, 9):
        shelf = shelf.with_item(("scale", "mood", version), f"version {version}", codes=())

    assert shelf.item("scale", "mood") == "version 10"
    assert shelf.item("scale", "mood", 2) == "version 2"
