"""How long all formats take for a portfolio of 600 models, in both languages.

python tests/benchmarks/report_speed.py [MODELS]
"""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

from advisor.figures import Language
from advisor.report import Edition
from advisor.report.documents import formats, render


def main() -> None:
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    path = Path(__file__).parents[1] / "report" / "conftest.py"
    spec = importlib.util.spec_from_file_location("report_conftest", path)
    assert spec is not None
    assert spec.loader is not None
    fixtures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fixtures)
    begun = time.perf_counter()
    summary = fixtures.make_bank(models)
    print(f"summary of {models} models: {time.perf_counter() - begun:6.2f} s")
    languages: tuple[Language, ...] = ("en", "ja")
    for language in languages:
        for extension in formats():
            started = time.perf_counter()
            data = render(summary, Edition(language=language), extension)
            took = time.perf_counter() - started
            print(f"{language} {extension:5} {len(data) / 1024:8.0f} KiB {took:6.2f} s")
    print(f"all: {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()
