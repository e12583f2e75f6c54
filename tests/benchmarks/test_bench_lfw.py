from benchmarks.bench_lfw import Measured, figures
from facedoor_convert.evaluation.intervals import Estimate
from facedoor_convert.evaluation.performance import OperatingPoint, Performance


def performance(fnmr: float) -> Performance:
    rates = {
        rate: OperatingPoint(rate, Estimate(1.0, 1.0, 1.0), Estimate(fnmr, fnmr, fnmr))
        for rate in (1e-3, 1e-5)
    }
    return Performance(10, 20, 30, 0.01, 0.99, rates, ())


def measured(accuracy_percent: float, fnmr: float = 0.01, corrected: float | None = None):
    better = None if corrected is None else performance(corrected)
    return Measured(accuracy_percent, 0.5, performance(fnmr), better, performance(fnmr), better)


FACENET = {
    "FaceNet in int8": measured(99.3, fnmr=0.02, corrected=0.1),
    "FaceNet in float32": measured(99.4),
}


def test_loss_and_lead_are_differences_in_points():
    light = {"light in int8": measured(98.5), "light in float32": measured(99.0)}
    found = figures(FACENET | light)
    assert found["lfw_facenet_loss"].verdict == "met"
    assert found["lfw_light_loss"].verdict == "MISSED"
    assert found["lfw_light_behind_facenet"].value == 0.8


def test_the_correction_is_judged_at_the_smallest_rate():
    found = figures(FACENET)
    assert (found["lfw_facenet_tar_1e-3"].value, found["lfw_facenet_tar_1e-3"].verdict) == (
        98.0,
        "MISSED",
    )
    assert found["lfw_facenet_tar_1e-5"].verdict == ""
    assert found["lfw_facenet_tar_1e-5_corrected"].verdict == "met"


def test_a_pack_without_cohort_has_no_corrected_figure():
    plain = FACENET | {"FaceNet in int8": measured(99.3)}
    found = figures(plain)
    assert found["lfw_facenet_tar_1e-3_corrected"].value is None
    assert found["lfw_facenet_tar_1e-5_corrected"].value is None


def test_without_light_its_figures_are_missing():
    assert not any("light" in name for name in figures(FACENET))
