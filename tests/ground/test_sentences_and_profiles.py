"""Words in two languages; figures shipped as data with their source."""

import pytest
from pydantic import BaseModel

from advisor import profiles
from advisor.profiles import ProfileError, layered_rows, read_profile
from advisor.quantities import Provenance, Quantity
from advisor.sentences import Sentence, catalogue, sentence, translate


class Row(BaseModel):
    name: str
    watts: float | None = None


HEADER = "# source: data sheet\n# checked: 2026-11-01\n# licence: MIT\n# unit: W\n"


@pytest.fixture
def two_layers(tmp_path, monkeypatch):
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    for folder in (shipped, own):
        (folder / "things").mkdir(parents=True)
    monkeypatch.setattr(profiles, "shipped_profiles_folder", lambda: shipped)
    monkeypatch.setenv("CARBON_ADVISOR_PROFILES", str(own))
    return shipped / "things", own / "things"


def test_the_users_rows_are_layered_over_the_shipped_ones(two_layers):
    shipped, own = two_layers
    (shipped / "t.csv").write_text(HEADER + "name,watts\na,1\nb,2\n")
    (own / "t.csv").write_text(HEADER.replace("data sheet", "our meter") + "name,watts\nb,3\nc,\n")
    rows = layered_rows("things", "t.csv", Row, lambda r: r.name)
    assert {k: r.watts for k, (r, _) in rows.items()} == {"a": 1, "b": 3, "c": None}
    assert rows["b"][1].header.source == "our meter"
    assert rows["a"][1].citation == "data sheet (profiles/things/t.csv)"


def test_a_profile_without_source_is_refused(two_layers):
    shipped, _ = two_layers
    (shipped / "t.csv").write_text("# unit: W\nname,watts\na,1\n")
    with pytest.raises(ProfileError, match="lacks a valid source"):
        read_profile(shipped / "t.csv")


def test_a_wrong_cell_is_named_with_row_and_column(two_layers):
    shipped, _ = two_layers
    (shipped / "t.csv").write_text(HEADER + "name,watts\na,1\nb,many\n")
    with pytest.raises(ProfileError, match="row 2, column watts"):
        layered_rows("things", "t.csv", Row, lambda r: r.name)


def test_a_toml_profile_keeps_its_document(two_layers):
    shipped, _ = two_layers
    (shipped / "t.toml").write_text(
        '[header]\nsource="s"\nchecked="2026-01-01"\nlicence="MIT"\nunit="W"\n[body]\nx=1\n'
    )
    assert read_profile(shipped / "t.toml").document == {"body": {"x": 1}}


def test_a_missing_profile_is_one_sentence(two_layers):
    with pytest.raises(ProfileError, match="No profile things/none"):
        layered_rows("things", "none.csv", Row, lambda r: r.name)


def test_every_shipped_profile_names_its_source():
    folder = profiles.shipped_profiles_folder()
    for path in sorted(folder.rglob("*.csv")) + sorted(folder.rglob("*.toml")):
        assert read_profile(path).header.source, path


def test_a_sentence_shows_its_figures_by_the_rounding_rule_and_survives_json():
    saved = Quantity.exact(2000, "gCO2e/year", Provenance.MEASURED, "s")
    said = sentence("saves {saved}", saved=saved)
    assert str(said) == "saves 2.000 kg CO₂e / year"
    assert Sentence.model_validate_json(said.model_dump_json()) == said


def test_translations_have_the_placeholders_of_their_template():
    import string

    names = lambda text: {name for _, name, _, _ in string.Formatter().parse(text) if name}  # noqa: E731
    for english, japanese in catalogue("ja").items():
        assert names(japanese) <= names(english), english


def test_an_unknown_template_stays_english():
    assert translate("never translated", "ja") == "never translated"
