"""Hardware profiles: clean rows, names as systems report them, no look-alikes."""

import pytest

from advisor.meters.hardware import (
    architecture_of,
    find_cpu,
    find_gpu,
    known_cpus,
    known_gpus,
    load_curves,
    vcpu_rows,
)


def test_profiles_are_many_and_sane():
    cpus = known_cpus()
    assert len(cpus) > 4000
    assert all(1 <= c.tdp_w <= 600 for c in cpus)
    gpus = known_gpus()
    assert len(gpus) > 70
    for gpu in gpus:
        if gpu.tdp_w and gpu.idle_w:
            assert gpu.idle_w < gpu.tdp_w / 2
        if gpu.fp16_tflops and gpu.int8_tops and gpu.name not in ("B300", "GB300"):
            assert gpu.int8_tops >= gpu.fp16_tflops
    assert all(row.row.idle_w < row.row.full_w for row in vcpu_rows())
    for curve in load_curves().values():
        assert list(curve) == sorted(curve)
        assert curve[0][0] == 0
        assert curve[-1][0] == 1


@pytest.mark.parametrize(
    ("reported", "tdp_w"),
    [
        ("Intel(R) Core(TM) i7-12700K CPU @ 3.60GHz", 190),
        ("12th Gen Intel(R) Core(TM) i7-12700K", 190),
        ("AMD EPYC 7763 64-Core Processor", 280),
        ("AMD Ryzen 7 5800H with Radeon Graphics", 45),
        ("Intel(R) Xeon(R) CPU E5-2670 v2 @ 2.50GHz", 115),
        ("Apple M1", 10),
    ],
)
def test_cpus_by_the_name_the_system_reports(reported, tdp_w):
    known = find_cpu(reported)
    assert known is not None
    assert known.row.tdp_w == tdp_w
    assert "CodeCarbon" in known.citation


@pytest.mark.parametrize(
    ("reported", "name"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100 SXM4 80GB"),
        ("NVIDIA A100-PCIE-40GB", "A100 PCIe 40GB"),
        ("NVIDIA A100-SXM-80GB", "A100 SXM4 80GB"),
        ("NVIDIA H100 80GB HBM3", "H100 80GB HBM3"),
        ("Tesla T4", "Tesla T4"),
        ("Tesla V100-SXM2-16GB", "Tesla V100 SXM2 16GB"),
        ("NVIDIA GeForce RTX 3090", "GeForce RTX 3090"),
    ],
)
def test_gpus_by_the_name_the_driver_reports(reported, name):
    known = find_gpu(reported)
    assert known is not None
    assert known.row.name == name


@pytest.mark.parametrize(
    "reported", ["NVIDIA GeForce RTX 4090 Laptop GPU", "NVIDIA A30", "Frobnicator 9000", "", "GPU"]
)
def test_unknown_names_give_nothing_rather_than_a_look_alike(reported):
    assert find_gpu(reported) is None
    assert find_cpu(reported) is None


def test_unnamed_virtual_processors_are_unknown():
    assert find_cpu("Intel(R) Xeon(R) Processor") is None
    assert find_cpu("Intel(R) Xeon(R) CPU @ 2.20GHz") is None
    assert architecture_of("Intel(R) Xeon(R) Processor") is None


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        ("Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", "Ice Lake"),
        ("Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz", "Sandy Bridge"),
        ("Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "Broadwell"),
        ("AMD EPYC 7R13 Processor", "EPYC 3rd Gen"),
        ("AMD EPYC 7B12", "EPYC 2nd Gen"),
        ("AMD EPYC 9R14", "EPYC 4th Gen"),
    ],
)
def test_architectures_by_the_makers_naming(name, architecture):
    assert architecture_of(name) == architecture


def test_users_own_rows_come_first(tmp_path, monkeypatch):
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware/gpus.csv").write_text(
        "# source: own bench\n# checked: 2026-01-01\n# licence: own\n# unit: see columns\n"
        "name,maker,tdp_w,source\nTesla T4,NVIDIA,65,own\n"
    )
    monkeypatch.setenv("CARBON_ADVISOR_PROFILES", str(tmp_path))
    known = find_gpu("Tesla T4")
    assert known is not None
    assert known.row.tdp_w == 65
    assert "own bench" in known.citation
