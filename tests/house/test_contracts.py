"""Every import contract is green, and each turns red when its rule is broken."""

import tomllib

import pytest

from tests.house.contracts import REPOSITORY, VIOLATIONS, Copy, Violation

CONTRACTS = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return Copy(tmp_path_factory.mktemp("tree"))


def test_the_tree_keeps_every_contract(copy):
    answer = copy.lint()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken" in answer.stdout


@pytest.mark.parametrize(
    "violation", VIOLATIONS, ids=lambda v: f"{v.contract}: {v.module} {v.line}"
)
def test_a_planted_violation_breaks_its_contract(copy, violation: Violation):
    answer = copy.lint_with(violation)
    assert "Contracts: 0 kept, 1 broken" in answer.stdout, answer.stdout + answer.stderr
    assert answer.returncode == 1


def test_every_contract_has_a_planted_violation():
    assert {contract["id"] for contract in CONTRACTS} == {v.contract for v in VIOLATIONS}
