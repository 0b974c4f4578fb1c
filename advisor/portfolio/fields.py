"""The fields of an inventory: names by which they are recognised, units, and bounds."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from advisor.portfolio.model import Model, Stage


class FieldKind(StrEnum):
    """What a cell of the field holds."""

    WORDS = "words"
    NUMBER = "number"
    WHOLE = "whole number"
    SHARE = "share"
    DATE = "date"
    IDS = "ids"
    YES_NO = "yes or no"
    STAGE = "stage"


class FieldSpec(BaseModel):
    """One field of the inventory."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: FieldKind = FieldKind.WORDS
    unit: str | None = None
    """Unit in which the field is kept; columns in other units of the dimension are converted."""
    low: float | None = None
    high: float | None = None
    aliases: tuple[str, ...] = ()


def _words(name: str, *aliases: str) -> FieldSpec:
    return FieldSpec(name=name, aliases=aliases)


def _number(
    name: str,
    *aliases: str,
    unit: str | None = None,
    low: float | None = 0,
    high: float | None = None,
    kind: FieldKind = FieldKind.NUMBER,
) -> FieldSpec:
    return FieldSpec(name=name, kind=kind, unit=unit, low=low, high=high, aliases=aliases)


FIELDS: dict[str, FieldSpec] = {
    spec.name: spec
    for spec in (
        _words("id", "model id", "model no", "model number", "identifier", "モデルID", "管理番号"),
        _words("name", "model name", "model", "title", "モデル名", "名称"),
        _words("owner", "model owner", "responsible", "所有者", "責任者"),
        _words("developer", "model developer", "development team", "built by", "開発者"),
        _words("validator", "model validator", "independent reviewer", "検証者"),
        _words(
            "business_line",
            "business unit",
            "division",
            "department",
            "line of business",
            "事業部門",
            "部門",
        ),
        _words("purpose", "use", "use case", "intended use", "用途", "目的"),
        _words("restrictions", "restrictions on use", "use restrictions", "使用制限", "利用制限"),
        _words("limitations", "known limitations", "assumptions and limitations", "限界", "制約"),
        _words("inputs", "input data", "data sources", "type and source of inputs", "入力データ"),
        _words("outputs", "output", "products", "出力"),
        _words("version", "model version", "バージョン", "版"),
        _words("kind", "model type", "type", "algorithm", "methodology", "種類", "手法"),
        _words("family", "model family", "architecture"),
        _words("vendor", "supplier", "provider", "third party", "ベンダー"),
        _number(
            "tier",
            "model tier",
            "risk tier",
            "materiality",
            "criticality",
            "ティア",
            kind=FieldKind.WHOLE,
            low=1,
            high=4,
        ),
        FieldSpec(
            name="stage",
            kind=FieldKind.STAGE,
            aliases=("life cycle stage", "lifecycle stage", "lifecycle", "段階"),
        ),
        _words("status", "model status", "approval status", "状態"),
        FieldSpec(
            name="first_used",
            kind=FieldKind.DATE,
            aliases=(
                "go live",
                "go live date",
                "implementation date",
                "in use since",
                "使用開始日",
            ),
        ),
        FieldSpec(
            name="validated",
            kind=FieldKind.DATE,
            aliases=("validation date", "last validation", "last validated", "検証日"),
        ),
        _words(
            "validation_finding",
            "validation outcome",
            "validation result",
            "validation rating",
            "findings",
            "検証結果",
        ),
        _words("exceptions", "policy exceptions", "exceptions to policy", "waivers", "例外"),
        _words("overlays", "post model adjustments", "overlays pma", "pma", "モデル調整"),
        FieldSpec(
            name="last_updated",
            kind=FieldKind.DATE,
            aliases=("last update", "date of last update", "last change", "最終更新日"),
        ),
        FieldSpec(
            name="next_review",
            kind=FieldKind.DATE,
            aliases=(
                "next validation",
                "next validation date",
                "review date",
                "review due",
                "次回見直し日",
                "次回検証日",
            ),
        ),
        FieldSpec(
            name="feeds",
            kind=FieldKind.IDS,
            aliases=("downstream models", "used by", "consumers", "下流モデル", "利用先"),
        ),
        FieldSpec(
            name="depends_on",
            kind=FieldKind.IDS,
            aliases=("dependencies", "upstream models", "input models", "依存先", "上流モデル"),
        ),
        _words("fallback", "fallback model", "backup model", "alternative", "代替"),
        _words("metric", "performance metric", "kpi", "指標"),
        _number(
            "metric_value", "performance", "metric value", "score", "accuracy", "指標値", low=None
        ),
        _number("metric_floor", "minimum performance", "threshold", "floor", "下限", low=None),
        _number(
            "calls_per_year",
            "calls per year",
            "calls per month",
            "calls per day",
            "inferences per month",
            "inferences per day",
            "requests per month",
            "requests per day",
            "inferences per year",
            "annual volume",
            "annual inferences",
            "volume",
            "usage",
            "monthly volume",
            "daily volume",
            "monthly calls",
            "daily calls",
            "年間推論回数",
            "年間件数",
            "月間推論回数",
            "月間件数",
            unit="1/year",
        ),
        _number(
            "planned_growth",
            "planned growth per year",
            "expected growth",
            "volume growth",
            "計画成長率",
            kind=FieldKind.SHARE,
            low=-1,
        ),
        _number(
            "carbon_kg_last_year",
            "carbon last year",
            "footprint last year",
            "emissions last year",
            "前年排出量",
            unit="kgCO2e",
        ),
        _words(
            "hardware",
            "device",
            "instance type",
            "machine type",
            "gpu",
            "accelerator",
            "ハードウェア",
        ),
        _words("region", "country", "location", "cloud region", "data centre", "地域", "国"),
        _number("pue", "power usage effectiveness", low=1, high=5),
        _number("parameters", "number of parameters", "params", "model size", "パラメータ数"),
        _number("flops_per_call", "flops", "flops per inference", "operations per call"),
        _number(
            "throughput_per_s",
            "throughput",
            "inferences per second",
            "qps",
            "requests per second",
            "スループット",
            unit="1/s",
        ),
        _words("precision", "numeric precision", "dtype", "精度形式"),
        _number("batch_size", "batch", low=1),
        _number("utilisation", "utilization", "load", "稼働率", kind=FieldKind.SHARE, high=1),
        _number(
            "reserved_share",
            "reserved",
            "reservation",
            "reserved capacity",
            "予約割合",
            kind=FieldKind.SHARE,
        ),
        _words("machine", "server", "cluster", "host", "マシン"),
        _words(
            "account",
            "cloud account",
            "subscription",
            "billing account",
            "cost centre",
            "クラウドアカウント",
            "原価部門",
        ),
        _number("training_runs_per_year", "retraining per year", "training runs", "retrainings"),
        _number("training_energy_kwh", "training energy", "energy per training", unit="kWh"),
        _number("validation_energy_kwh", "validation energy", unit="kWh"),
        _number("idle_power_w", "idle power", unit="W"),
        _number("contract_g_per_kwh", "contract factor", "market based factor", unit="gCO2e/kWh"),
        _number("calls_last_90_days", "calls in 90 days", "recent calls"),
        FieldSpec(
            name="retired_on",
            kind=FieldKind.DATE,
            aliases=("retirement date", "decommissioned", "decommissioning date"),
        ),
        _number(
            "energy_per_call_j",
            "energy per call",
            "energy per inference",
            "joules per inference",
            "推論あたり電力量",
            unit="J",
        ),
        _words("energy_provenance", "energy source", "energy basis"),
        _words("candidate", "candidate key"),
        FieldSpec(name="never_touch", kind=FieldKind.YES_NO, aliases=("locked", "frozen")),
        _words("group", "change group"),
        FieldSpec(name="fictitious", kind=FieldKind.YES_NO),
    )
}

_UNKNOWN_FIELDS = set(Model.model_fields) ^ set(FIELDS)
assert not _UNKNOWN_FIELDS, f"fields and Model disagree: {_UNKNOWN_FIELDS}"

STAGES: dict[str, Stage] = {
    "development": Stage.DEVELOPMENT,
    "in development": Stage.DEVELOPMENT,
    "dev": Stage.DEVELOPMENT,
    "開発": Stage.DEVELOPMENT,
    "training": Stage.DEVELOPMENT,
    "validation": Stage.VALIDATION,
    "in validation": Stage.VALIDATION,
    "test": Stage.VALIDATION,
    "staging": Stage.VALIDATION,
    "検証": Stage.VALIDATION,
    "production": Stage.PRODUCTION,
    "in use": Stage.PRODUCTION,
    "live": Stage.PRODUCTION,
    "active": Stage.PRODUCTION,
    "approved": Stage.PRODUCTION,
    "本番": Stage.PRODUCTION,
    "使用中": Stage.PRODUCTION,
    "prod": Stage.PRODUCTION,
    "retiring": Stage.RETIRING,
    "being retired": Stage.RETIRING,
    "廃止予定": Stage.RETIRING,
    "retired": Stage.RETIRED,
    "decommissioned": Stage.RETIRED,
    "archived": Stage.RETIRED,
    "inactive": Stage.RETIRED,
    "廃止": Stage.RETIRED,
}
"""Words in which inventories say a stage."""
