"""A variant's file with its measured energy written into its metadata, for whoever receives it.

The measurement refers to the SHA-256 of the file that was measured; writing into that file would
break the reference. So the energy goes into a copy, together with the digest of the measured file.
"""

from __future__ import annotations

import json
from pathlib import Path

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.lever import LeverError
from advisor.candidates.levers.lineage import ENERGY
from advisor.candidates.levers.making import drafted, load_whole, save_whole
from advisor.quantities import Quantity
from advisor.sentences import sentence


def export_with_energy(candidate: Candidate, energy_j: Quantity, folder: Path) -> Path:
    """A copy of the candidate's file that states its energy per inference. Raises `LeverError`."""
    target = folder / candidate.path.name
    if target.resolve() == candidate.path:
        raise LeverError(
            sentence(
                "{file} lies in this folder, and a copy would take its place; choose another "
                "folder.",
                file=target.name,
            )
        )
    model = load_whole(candidate)
    stated = {
        **energy_j.model_dump(mode="json", include={"value", "low", "high", "unit", "source"}),
        "provenance": str(energy_j.provenance),
        "measured_sha256": candidate.sha256,
        "run_options": candidate.run_options,
    }
    kept = [(e.key, e.value) for e in model.metadata_props if e.key != ENERGY]
    del model.metadata_props[:]
    for key, value in [*kept, (ENERGY, json.dumps(stated, ensure_ascii=False))]:
        model.metadata_props.add(key=key, value=value)
    folder.mkdir(parents=True, exist_ok=True)
    with drafted(folder, target.name) as draft:
        save_whole(model, draft)
    return target
