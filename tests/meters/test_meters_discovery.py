"""`discover` on machines made of directory trees: what is found, what is not, and why."""

import json

import pytest
from typer.testing import CliRunner

from advisor.meters import discover
from advisor.meters.surroundings import look_around, windows_model
from advisor.sentences import translate

CPUINFO = """processor\t: 0
model name\t: {name}
physical id\t: 0
flags\t\t: fpu sse2 {flags}

processor\t: 1
model name\t: {name}
physical id\t: 0
flags\t\t: fpu sse2 {flags}
"""


@pytest.fixture
def tree(tmp_path):
    def make(name="Intel(R) Core(TM) i7-12700K", flags="", version="Linux", container=False):
        (tmp_path / "proc").mkdir(exist_ok=True)
        (tmp_path / "proc/cpuinfo").write_text(CPUINFO.format(name=name, flags=flags))
        (tmp_path / "proc/version").write_text(version)
        if container:
            (tmp_path / ".dockerenv").touch()
        return tmp_path

    return make


def test_what_the_processor_is_comes_from_what_the_system_tells(tree):
    here = look_around(tree())
    assert (here.cpu_name, here.threads, here.virtual) == ("Intel(R) Core(TM) i7-12700K", 2, False)
    info = tree() / "proc/cpuinfo"
    x86 = "processor : 0\nvendor_id : GenuineIntel\ncpu family : 6\nmodel : 207\nstepping : 2\n"
    info.write_text(x86)
    assert look_around(info.parents[1]).cpu_model == "GenuineIntel 6 207 2"
    info.write_text("processor : 0\nCPU implementer : 0x41\nCPU part : 0xd40\n")
    board = info.parents[1] / "sys/class/dmi/id"
    board.mkdir(parents=True)
    (board / "sys_vendor").write_text("Amazon EC2\n")
    arm = look_around(info.parents[1])
    assert (arm.cpu_name, arm.virtual) == ("Arm Neoverse-V1", True)
    said = "Intel64 Family 6 Model 158 Stepping 10, GenuineIntel"
    assert windows_model(said) == "GenuineIntel 6 158 10"


def rapl(root, energy_uj=1000):
    folder = root / "sys/class/powercap/intel-rapl:0"
    folder.mkdir(parents=True)
    (folder / "name").write_text("package-0\n")
    (folder / "max_energy_range_uj").write_text("262143328850\n")
    (folder / "energy_uj").write_text(str(energy_uj))


def text_of(discovery, kind):
    return " ".join(str(f) for f in discovery.findings if f.kind == kind)


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({"flags": "hypervisor"}, "virtual machine"),
        ({"version": "Linux 5.15.90-microsoft-standard-WSL2"}, "WSL2"),
        ({"container": True}, "container"),
        ({}, "modprobe intel_rapl_msr"),
    ],
)
def test_a_missing_counter_is_explained_by_the_surroundings(tree, machine, words):
    found = discover(root=tree(**machine), only={"rapl"})
    assert found.meters == ()
    assert words in text_of(found, "rapl")


def test_the_estimate_stands_in_where_no_counter_is(tree):
    found = discover(root=tree(flags="hypervisor"), probing=False)
    assert [m.facts.name for m in found.meters] == ["estimate"]
    assert "W for each busy thread" in text_of(found, "estimate")
    assert found.measured == ()
    found.close()


def test_a_package_counter_makes_the_estimate_superfluous(tree):
    root = tree()
    rapl(root)
    found = discover(root=root, probing=False)
    try:
        assert [m.facts.name for m in found.meters] == ["rapl"]
        assert "package:0" in text_of(found, "rapl")
    finally:
        found.close()


def test_the_estimate_can_be_asked_for_beside_a_counter(tree):
    root = tree()
    rapl(root)
    found = discover(root=root, only={"rapl", "estimate"}, probing=False)
    assert [m.facts.name for m in found.meters] == ["rapl", "estimate"]
    found.close()


def test_a_damaged_register_is_a_finding_and_nothing_raises(tree):
    root = tree()
    rapl(root, energy_uj="not a number")
    found = discover(root=root, probing=False)
    assert [m.facts.name for m in found.meters] == ["estimate"]
    found.close()


def test_every_finding_has_a_japanese_sentence(tree):
    for machine in (
        {},
        {"flags": "hypervisor"},
        {"container": True},
        {"version": "microsoft"},
        {"name": "AMD EPYC 7763", "flags": "hypervisor"},
        {"name": "Frobnicator"},
    ):
        found = discover(root=tree(**machine), probing=False)
        for finding in found.findings:
            template = finding.text.template
            assert translate(template, "ja") != template, template
            finding.text.text("ja")
        found.close()


def test_the_command_says_the_same_in_words_and_as_json():
    from advisor.cli import build_app

    runner = CliRunner()
    words = runner.invoke(build_app(), ["meters", "--no-probe"])
    assert words.exit_code == 0, words.output
    assert "estimate" in words.stdout or "rapl" in words.stdout or "nvml" in words.stdout
    data = runner.invoke(build_app(), ["meters", "--json", "--no-probe"])
    assert data.exit_code == 0, data.output
    document = json.loads(data.stdout)
    assert document["meters"]
    assert {f["kind"] for f in document["findings"]} >= {"nvml", "rapl"}
