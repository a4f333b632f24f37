"""What stands in the tables of a protocol's file stands in the protocol, with its ground."""


def test_the_questions_stand_in_their_groups(protocol):
    house = protocol.asks[0]
    assert (house.id, house.title) == ("house", "The house")
    assert (house.asks[0].code, house.asks[0].text) == (
        "site.certified",
        "This setting is certified with the registry",
    )


def test_an_ending_says_what_it_needs_and_what_must_follow(protocol):
    leaving = protocol.ending("against-advice")
    assert (leaving.title, leaving.needs) == ("Left against advice", ("state", "told"))
    assert [(each.id, each.is_only_when_dosed) for each in leaving.follows] == [
        ("prescriber-told", False),
        ("call-tonight", True),
        ("monitoring-form", True),
    ]


def test_checks_endings_lines_and_words_for_home_say_how_far_they_are_confirmed(protocol):
    form = "Spravato REMS Patient Monitoring Form overview (manufacturer)"
    review = "Blood pressure during ketamine treatment (review, 2022)"
    home = "Treatment with Spravato (manufacturer, for patients)"
    checks = {each.id: each for each in protocol.checks}
    found = [
        checks["forty-minute"].marks,
        protocol.ending("not-dosed").marks,
        protocol.ending("transfer").marks,
        protocol.thresholds[0].marks,
        protocol.aftercare[0].marks,
    ]
    assert [(each.source.title, each.checked, each.policy) for each in found] == [
        ("Spravato product information (MIMS)", True, True),
        ("Clinic policy", False, True),
        (form, False, True),
        (review, False, True),
        (home, True, False),
    ]
