"""What a requirements.txt asks for is there, from the locked packages or from pip, as on MWAA."""

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

import packages
from packages import is_satisfied, python_for
from requirements_file import lines_of

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


def asked(
    tmp_path: Path, text: str | bytes, variables: dict[str, str] | None = None
) -> dict[str, Any]:
    """The answer of `python_for` for a file with this text."""
    requirements = tmp_path / "version" / "requirements.txt"
    requirements.parent.mkdir(exist_ok=True)
    requirements.write_bytes(text if isinstance(text, bytes) else text.encode())
    folder = str(ROOT / "local" / "airflow")
    home = str(tmp_path / "home")
    ran = subprocess.run(
        [python(), "-c", CALL, folder, str(requirements), home, json.dumps(variables or {})],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "LOCAL_CLOUD_TOKEN": "a secret",
            # Nothing answers there: no test goes out.
            "HTTPS_PROXY": "http://127.0.0.1:9",
        },
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
        "-r other.txt",
        "./a.whl",
        f"apache-airflow=={AIRFLOW} --hash=sha256:00",
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
    path.write_text(f"--constraint constraints.txt\n--no-index\napache-airflow=={AIRFLOW}\n")
    assert python_for(path, tmp_path, {}, log, lambda: True) == sys.executable
    assert [found.name for found in tmp_path.iterdir()] == ["requirements.txt"]


def test_the_requirements_of_the_project_need_no_pip() -> None:
    """So `up` works without a network."""
    lines = lines_of((ROOT / "dags" / "requirements.txt").read_text())
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


def test_without_constraints_mwaa_adds_its_own(tmp_path: Path) -> None:
    version = "import tabulate; print(tabulate.__version__)"
    locked = output(python(), version)
    wheel(tmp_path / "wheels", "tabulate", "99.0", "__version__ = '99.0'")
    text = f"--no-index\n--find-links {tmp_path / 'wheels'}\ntabulate==99.0\n"
    error = asked(tmp_path, text)["error"]
    assert (
        f"tabulate=={locked}" in (tmp_path / "home/packages/constraints-installed.txt").read_text()
    )
    assert "tabulate==99.0" in error and "conflict" in error
    log = (tmp_path / "home" / "requirements.log").read_text()
    assert "has no constraints, and Airflow's cannot be fetched" in log
    # A comment says to MWAA that none are wanted. The locked version is left alone.
    found = asked(tmp_path, f"{text}# without -c on purpose\n")
    assert output(found["python"], version) == "99.0"
    assert output(python(), version) == locked


def test_its_own_constraints_are_fetched_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = tmp_path / f"constraints-{AIRFLOW}.txt"
    published.write_text("one==1\n")
    monkeypatch.setattr(packages, "PUBLISHED", f"{tmp_path.as_uri()}/constraints-{{version}}.txt")
    (tmp_path / "packages").mkdir()
    log = tmp_path / "log"
    first = packages._own_constraints(tmp_path, log)
    published.unlink()
    assert packages._own_constraints(tmp_path, log) == first
    assert first.read_text() == "one==1\n" and not log.exists()


@pytest.mark.parametrize(
    "line",
    [
        "apache-airflow==3.0.6",
        "apache-airflow[celery] ~= 3.0.6 # old",
        "Flask<3",
        "celery==5.4.0 --hash=sha256:00",
    ],
)
def test_another_version_of_what_mwaa_keeps_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"# without -c on purpose\n{line}\n")
    with pytest.raises(packages.InstallError) as caught:
        python_for(path, tmp_path, {}, tmp_path / "log", lambda: True)
    assert str(caught.value).startswith("requirements.txt asks for " + line.split(" #")[0])
    assert "but MWAA keeps" in str(caught.value)


def test_what_a_package_needs_is_held_to_it_as_well(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheel(wheels, "extra_words", "1.0", "", **{"Requires-Dist": "watchtower==2.0"})
    wheel(wheels, "watchtower", "2.0", "")
    text = f"# without -c on purpose\n--no-index\n--find-links {wheels}\nextra-words\n"
    assert "watchtower==2.0" in asked(tmp_path, text)["error"]


def test_mwaa_s_folders_are_the_home_s(tmp_path: Path) -> None:
    home = tmp_path / "home"
    wheel(home / "plugins", "extra_words", "1.0", "WORD = 'one'")
    (home / "dags").mkdir()
    (home / "dags" / "pins.txt").write_text("extra-words==1.0\n")
    text = (
        "--no-index\r\n--find-links /usr/local/airflow/plugins\r\n"
        '--constraint "/usr/local/airflow/dags/pins.txt"\r\nextra-words\r\n'
    )
    # As an editor of Windows saves it.
    found = asked(tmp_path, text.encode("utf-16"))
    word = "import extra_words; print(extra_words.WORD)"
    assert output(found["python"], word) == "one"
    # What the file names counts as a part of it.
    wheel(home / "plugins", "extra_words", "1.0", "WORD = 'two'")
    assert output(asked(tmp_path, text)["python"], word) == "two"
    (home / "dags" / "pins.txt").write_text("extra-words==2.0\n")
    error = asked(tmp_path, text)["error"]
    assert error.startswith("requirements.txt cannot be installed:\n")
    missing = asked(tmp_path, "-r /usr/local/airflow/dags/missing.txt")["error"]
    assert "/usr/local/airflow/dags/missing.txt" in missing and str(home) not in missing


def test_a_wheel_for_mwaa_s_python_alone_comes_from_the_index(tmp_path: Path) -> None:
    plugins = tmp_path / "home" / "plugins"
    wheel(plugins, "plain_words", "1.0", "WORD = 'one'")
    made = wheel(plugins, "extra_words", "1.0", "")
    made.rename(plugins / "extra_words-1.0-cp312-cp312-manylinux_2_34_riscv64.whl")
    index = tmp_path / "index"
    wheel(index / "extra-words", "extra_words", "1.0", "WORD = 'two'")
    (index / "extra-words" / "index.html").write_text(
        '<a href="extra_words-1.0-py3-none-any.whl">extra_words-1.0-py3-none-any.whl</a>'
    )
    text = (
        "# --constraint on purpose\n--no-index\n--find-links /usr/local/airflow/plugins\n"
        "extra-words==1.0\nplain-words==1.0\n"
    )
    found = asked(tmp_path, text, {"PIP_INDEX_URL": index.as_uri()})
    words = "import extra_words, plain_words; print(extra_words.WORD, plain_words.WORD)"
    assert output(found["python"], words) == "two one"
    log = (tmp_path / "home" / "requirements.log").read_text()
    assert "extra_words-1.0-cp312-cp312-manylinux_2_34_riscv64.whl" in log


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert "neither UTF-8 nor" in asked(tmp_path, b"\xff\x00\xff")["error"]


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
