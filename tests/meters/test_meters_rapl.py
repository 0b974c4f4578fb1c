"""RAPL over a directory tree made here: domains, wrap, permission, vanishing files."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.meters import MeterError, discover
from advisor.meters.rapl import RaplMeter, RaplUnreadableError

RANGE_UJ = 262_143_328_850


def domain(root, folder, name, energy_uj, range_uj=RANGE_UJ):
    path = root / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / "name").write_text(f"{name}\n")
    (path / "energy_uj").write_text(f"{energy_uj}\n")
    (path / "max_energy_range_uj").write_text(f"{range_uj}\n")
    return path / "energy_uj"


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "sys/class/powercap"
    files = {
        "package": domain(root, "intel-rapl:0", "package-0", 1_000_000),
        "core": domain(root, "intel-rapl:0:0", "core", 600_000),
        "uncore": domain(root, "intel-rapl:0:1", "uncore", 10_000),
        "dram": domain(root, "intel-rapl:0:2", "dram", 200_000),
        "psys": domain(root, "intel-rapl:1", "psys", 5_000_000),
        "mmio": domain(root, "intel-rapl-mmio:0", "package-0", 1_000_000),
        "second": domain(root, "intel-rapl:2", "package-1", 3_000_000),
    }
    return root, files


@pytest.fixture
def meter(tree):
    meter = RaplMeter(tree[0])
    yield meter
    meter.close()


def test_packages_and_dram_are_added_and_nothing_that_overlaps(meter):
    assert meter.facts.coverage.domains == ("package:0", "dram:0", "package:1")
    assert meter.read().energy_j == pytest.approx(1.0 + 0.2 + 3.0)


def test_a_wrap_is_carried_on(tree, meter):
    _, files = tree
    files["package"].write_text(str(RANGE_UJ - 500_000))
    before = meter.read().energy_j
    files["package"].write_text("250000")
    assert meter.read().energy_j - before == pytest.approx(0.75)


@given(steps=st.lists(st.integers(0, RANGE_UJ - 1), min_size=1, max_size=20))
def test_any_number_of_wraps_adds_up(tmp_path_factory, steps):
    root = tmp_path_factory.mktemp("rapl")
    file = domain(root, "intel-rapl:0", "package-0", 0)
    meter = RaplMeter(root)
    try:
        true_uj = 0
        for step in steps:
            true_uj += step
            file.write_text(str(true_uj % RANGE_UJ))
            assert meter.read().energy_j == pytest.approx(true_uj * 1e-6)
    finally:
        meter.close()


def test_a_register_that_falls_without_range_is_an_error(tmp_path):
    file = domain(tmp_path, "intel-rapl:0", "package-0", 1000, range_uj=0)
    meter = RaplMeter(tmp_path)
    file.write_text("10")
    with pytest.raises(MeterError, match="range is unknown"):
        meter.read()
    meter.close()


def test_a_vanished_register_is_one_sentence(tree, meter):
    tree[1]["dram"].unlink()
    with pytest.raises(MeterError, match="cannot be read"):
        meter.read()


def test_reading_after_close_is_an_error(meter):
    meter.close()
    with pytest.raises(MeterError, match="after it was closed"):
        meter.read()


@pytest.fixture
def forbidden(monkeypatch):
    """energy_uj as a user without rights sees it (root may read anything, so the call refuses)."""
    from pathlib import Path

    real = Path.read_text

    def refuse(self, *args, **kwargs):
        if self.name == "energy_uj":
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", refuse)


def test_no_permission_gives_the_exact_fix_and_why(tree, forbidden, tmp_path):
    with pytest.raises(RaplUnreadableError):
        RaplMeter(tree[0])
    found = discover(only={"rapl"}, root=tmp_path)
    [finding] = found.findings
    text = str(finding)
    assert not finding.found
    for part in (
        "CVE-2020-8694",
        "chmod a+r",
        "70-rapl.rules",
        'SUBSYSTEM=="powercap"',
        "usermod",
        "udevadm trigger",
    ):
        assert part in text


@pytest.mark.skipif(os.getuid() == 0, reason="root may read every file")
def test_no_permission_by_file_mode(tree):
    tree[1]["package"].chmod(0)
    with pytest.raises(RaplUnreadableError):
        RaplMeter(tree[0])
