from benchmarks.processor import parse


def test_a_processor_with_a_dot_product_is_known_by_its_flags():
    found = parse("model name\t: Some Xeon\nflags\t\t: fpu avx2 avx512f avx512_vnni\n", 2)
    assert found.name == "Some Xeon"
    assert found.flags == ("avx2", "avx512f", "avx512_vnni")
    assert found.has_dot_product


def test_a_pi_5_has_a_dot_product_and_a_pi_4_has_none():
    assert parse("Features\t: fp asimd asimdhp asimddp\n", 4).has_dot_product
    assert not parse("Features\t: fp asimd crc32\n", 4).has_dot_product
