from benchmarks.walk_ups import visitors


def test_the_visit_is_made_of_the_last_photo_and_who_has_most_comes_first():
    photos = ["Ann/1.jpg", "Ben/2.jpg", "Ben/1.jpg", "Cleo/1.jpg", "Cleo/3.jpg", "Cleo/2.jpg"]
    assert visitors(photos) == ["Cleo/3.jpg", "Ben/2.jpg", "Ann/1.jpg"]
