"""What a requirements.txt asks for is there, from the locked packages or from pip."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from runner import python
from running import ROOT

from packages import is_satisfied, lines_of, python_for

AIRFLOW = metadata.version("apache-airflow")

#: Calls `python_for` as the runner does, in its own interpreter: the tests' has no pip.
CALL = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from packages import InstallError, python_for
requirements, home = Path(sys.argv[2]), Path(sys.argv[3])
home.mkdir(exist_ok=True)
variables = {"PATH": os.environ["PATH"], "HOME": str(home), **json.loads(sys.argv[4])}
try:
    found = python_for(requirements, home, variables, home / "requirements.log", lambda: True)
    print(json.dumps({"python": found, "own": found == sys.executable}))
except InstallError as error:
    print(json.dumps({"error": str(error)}))
"""


def wheel(folder: Path, name: str, version: str, code: str, **more: str) -> Path:
    """Build a wheel of one module; `more` is further metadata."""
    info = f"{name}-{version}.dist-info"
    lines = {"Metadata-Version": "2.1", "Name": name, "Version": version, **more}
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": "".join(f"{field}: {value}\n" for field, value in lines.items()),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={digest(text)},{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in files.items():
            archive.writestr(member, text)
    return path


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def asked(tmp_path: Path, text: str, variables: dict[str, str] | None = None) -> dict[str, Any]:
    """The answer of `python_for` for a file with this text."""
    requirements = tmp_path / "version" / "requirements.txt"
    requirements.parent.mkdir(exist_ok=True)
    requirements.write_text(text)
    folder = str(ROOT / "local" / "airflow")
    home = str(tmp_path / "home")
    ran = subprocess.run(
        [python(), "-c", CALL, folder, str(requirements), home, json.dumps(variables or {})],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LOCAL_CLOUD_TOKEN": "a secret"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def output(interpreter: str, code: str) -> str:
    return subprocess.run(
        [interpreter, "-c", code], env={}, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def test_lines_without_comments_and_constraints(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(
        "# a comment\n"
        '--constraint "somewhere/constraints.txt"\n'
        "-c constraints.txt\n"
        "\n"
        "one==1.0  # why\n"
        "\ttwo[extra]>=2 ; python_version > '3'\n"
        "three \\\n  ==3.0\n"
        "four @ file:///four#sha256=1\n"
        "--find-links wheels\n"
    )
    assert lines_of(path) == [
        "one==1.0",
        "two[extra]>=2 ; python_version > '3'",
        "three    ==3.0",
        "four @ file:///four#sha256=1",
        "--find-links wheels",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "apache-airflow",
        f"apache-airflow=={AIRFLOW}",
        f"Apache_Airflow=={AIRFLOW}",
        "apache-airflow>=3,<4",
        "apache-airflow-providers-amazon",
        "absent-package; python_version < '3'",
        "with-extra",
        "with-extra[met]",
        "with-extra[met]==1.0",
    ],
)
def test_what_the_locked_packages_satisfy(line: str, with_extra: None) -> None:
    assert is_satisfied(line)


@pytest.mark.parametrize(
    "line",
    [
        "absent-package",
        "apache-airflow<3",
        f"apache-airflow!={AIRFLOW}",
        "apache-airflow @ file:///apache_airflow.whl",
        "with-extra[unmet]",
        "with-extra[met,unmet]",
        "with-extra[met]==2.0",
        "--index-url elsewhere",
        "-r other.txt",
        "./a.whl",
    ],
)
def test_what_only_pip_can_tell(line: str, with_extra: None) -> None:
    assert not is_satisfied(line)


@pytest.fixture
def with_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with an extra that is met and one that is not."""
    info = tmp_path / "site" / "with_extra-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: with-extra\nVersion: 1.0\n"
        "Provides-Extra: met\nProvides-Extra: unmet\n"
        "Requires-Dist: apache-airflow>=3; extra == 'met'\n"
        "Requires-Dist: absent-package; extra == 'unmet'\n"
    )
    monkeypatch.syspath_prepend(str(info.parent))


def test_nothing_asked_for_is_our_own_python(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert python_for(None, tmp_path, {}, log, lambda: True) == sys.executable
    path = tmp_path / "requirements.txt"
    path.write_text(f"--constraint constraints.txt\napache-airflow=={AIRFLOW}\n")
    assert python_for(path, tmp_path, {}, log, lambda: True) == sys.executable
    assert [found.name for found in tmp_path.iterdir()] == ["requirements.txt"]


def test_the_requirements_of_the_project_need_no_pip() -> None:
    """So `up` works without a network."""
    lines = lines_of(ROOT / "dags" / "requirements.txt")
    assert lines and all(map(is_satisfied, lines))


def test_a_package_is_installed_on_top_of_the_locked_ones(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheel(wheels, "extra_words", "1.0", "WORD = 'one'", **{"Requires-Dist": "boto3"})
    text = "--no-index\n--find-links ${WHEELS}\nextra-words==1.0\n"
    found = asked(tmp_path, text, {"WHEELS": str(wheels)})
    assert found == {"python": found["python"], "own": False}
    both = "import airflow, extra_words; print(airflow.__version__, extra_words.WORD)"
    assert output(found["python"], both).split() == [AIRFLOW, "one"]
    # Nothing is written into the locked environment.
    with pytest.raises(subprocess.CalledProcessError):
        output(python(), "import extra_words")
    # It is there already: the wheel is not looked at again.
    (wheels / "extra_words-1.0-py3-none-any.whl").unlink()
    assert asked(tmp_path, text, {"WHEELS": str(wheels)}) == found
    # The same file of another content is installed anew.
    wheel(wheels, "extra_words", "2.0", "WORD = 'two'")
    other = asked(tmp_path, text.replace("1.0", "2.0"), {"WHEELS": str(wheels)})
    assert output(other["python"], both).split() == [AIRFLOW, "two"]


def test_it_is_made_again_when_the_locked_packages_are_others(tmp_path: Path) -> None:
    wheel(tmp_path / "wheels", "extra_words", "1.0", "WORD = 'old'")
    text = f"--no-index\n--find-links {tmp_path / 'wheels'}\nextra-words\n"
    found = asked(tmp_path, text)
    word = "import extra_words; print(extra_words.WORD)"
    wheel(tmp_path / "wheels", "extra_words", "2.0", "WORD = 'new'")
    assert asked(tmp_path, text) == found
    assert output(found["python"], word) == "old"
    stamp = Path(found["python"]).parents[1] / "installed"
    stamp.write_text(stamp.read_text().replace("site-packages", "elsewhere"))
    assert output(asked(tmp_path, text)["python"], word) == "new"


def test_another_version_than_the_locked_one_wins_and_leaves_that_alone(tmp_path: Path) -> None:
    version = "import tabulate; print(tabulate.__version__)"
    locked = output(python(), version)
    wheel(tmp_path / "wheels", "tabulate", "99.0", "__version__ = '99.0'")
    text = f"--no-index\n--find-links {tmp_path / 'wheels'}\ntabulate==99.0\n"
    found = asked(tmp_path, text)
    assert output(found["python"], version) == "99.0"
    assert output(python(), version) == locked


def test_what_pip_cannot_install_is_said_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    text = f"--no-index\n--find-links {tmp_path / 'wheels'}\nextra-words==1.0\n"
    error = asked(tmp_path, text)["error"]
    assert error.startswith("requirements.txt cannot be installed:\n")
    assert "No matching distribution found for extra-words==1.0" in error
    assert "No matching distribution" in (tmp_path / "home" / "requirements.log").read_text()
    # No half environment is taken for a whole one: the next try installs.
    wheel(tmp_path / "wheels", "extra_words", "1.0", "")
    assert asked(tmp_path, text)["own"] is False


def test_what_pip_builds_sees_no_secret(tmp_path: Path) -> None:
    source = tmp_path / "nosy"
    source.mkdir()
    (source / "backend.py").write_text(
        "import os\n"
        "def build_wheel(*_, **__):\n"
        "    raise SystemExit('seen: ' + ' '.join(sorted(os.environ)))\n"
    )
    (source / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
        "[project]\nname = 'nosy'\nversion = '1.0'\n"
    )
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: nosy\nVersion: 1.0\n")
    asked(tmp_path, f"--no-index\n{source}\n", {"GIVEN": "1"})
    log = (tmp_path / "home" / "requirements.log").read_text()
    assert "seen: " in log and "GIVEN" in log
    assert "LOCAL_CLOUD_TOKEN" not in log
