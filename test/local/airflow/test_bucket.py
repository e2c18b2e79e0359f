"""The DAG folder follows the bucket, and nothing gets out of the folders that it belongs in."""

from __future__ import annotations

import io
import json
import stat
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from running import Cloud, unique

from bucket import DagFolder, fetch, is_inside, unpack_plugins
from environment import S3File, client
from status import State, Status, write, write_status


class Bucket:
    """A bucket with versions, and the folder that follows its `dags/`."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.s3 = cloud.client("s3")
        self.name = cloud.bucket(unique("dags"))
        self.s3.put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
        )
        self.folder = folder

    def put(self, key: str, text: str) -> str:
        answer = self.s3.put_object(Bucket=self.name, Key=key, Body=text.encode())
        return answer["VersionId"]

    def delete(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.name, Key=key)

    def dags(self) -> DagFolder:
        return DagFolder(client("s3"), self.name, "dags/", self.folder)

    def found(self) -> dict[str, str]:
        """All files of the folder."""
        return {
            str(path.relative_to(self.folder)): path.read_text()
            for path in self.folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def bucket(cloud: Cloud, cloud_clients: None, tmp_path: Path) -> Bucket:
    return Bucket(cloud, tmp_path / "home" / "dags")


def test_what_is_new_changed_and_gone_shows(bucket: Bucket) -> None:
    bucket.put("dags/a.py", "1")
    bucket.put("dags/sub/deep/b.py", "2")
    bucket.put("dags/sub/data.sql", "select")
    bucket.put("requirements.txt", "not a DAG")
    bucket.put("dags-of-others/c.py", "3")
    dags = bucket.dags()
    assert dags.sync() is True
    assert bucket.found() == {"a.py": "1", "sub/deep/b.py": "2", "sub/data.sql": "select"}
    assert dags.sync() is False
    bucket.put("dags/a.py", "4")
    bucket.put("dags/sub/new.py", "5")
    bucket.delete("dags/sub/deep/b.py")
    assert dags.sync() is True
    assert bucket.found() == {"a.py": "4", "sub/new.py": "5", "sub/data.sql": "select"}
    assert dags.sync() is False
    for key in ("dags/a.py", "dags/sub/new.py", "dags/sub/data.sql"):
        bucket.delete(key)
    assert dags.sync() is True
    assert bucket.found() == {}


def test_the_folder_begins_empty(bucket: Bucket) -> None:
    bucket.folder.mkdir(parents=True)
    (bucket.folder / "old.py").write_text("of an environment before")
    bucket.put("dags/a.py", "1")
    bucket.dags().sync()
    assert bucket.found() == {"a.py": "1"}


def test_more_files_than_a_page_lists(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {f"{number}.py": str(number) for number in range(7)}
    for name, text in names.items():
        bucket.put(f"dags/{name}", text)
    s3 = client("s3")
    paginator = s3.get_paginator("list_objects_v2")
    plain = paginator.paginate
    paginator.paginate = lambda **more: plain(**more, PaginationConfig={"PageSize": 3})
    monkeypatch.setattr(s3, "get_paginator", lambda _: paginator)
    DagFolder(s3, bucket.name, "dags/", bucket.folder).sync()
    assert bucket.found() == names


def test_all_python_files_are_parsed_again_when_a_module_changes(bucket: Bucket) -> None:
    bucket.put("dags/dag.py", "import words")
    bucket.put("dags/words.py", "WORD = 1")
    dags = bucket.dags()
    dags.sync()
    times = {path: path.stat().st_mtime_ns for path in bucket.folder.glob("*.py")}
    dags.sync()
    assert {path: path.stat().st_mtime_ns for path in bucket.folder.glob("*.py")} == times
    bucket.put("dags/words.py", "WORD = 2")
    dags.sync()
    assert all(path.stat().st_mtime_ns > before for path, before in times.items())


def test_names_that_lead_out_are_left_where_they_are(bucket: Bucket) -> None:
    outside = bucket.folder.parent

    class Listing:
        """S3 as it may list: SDKs and the local cloud refuse some names themselves."""

        def get_paginator(self, _: str) -> Listing:
            return self

        def paginate(self, **_: str) -> list[dict[str, list[dict[str, str]]]]:
            names = ("good.py", "../out.py", f"{outside}/out.py", "sub/../../out.py", "folder/", "")
            return [{"Contents": [{"Key": f"dags/{name}", "ETag": "e"} for name in names]}]

        def get_object(self, Key: str, **_: str) -> dict[str, io.BytesIO]:
            return {"Body": io.BytesIO(Key.encode())}

    DagFolder(Listing(), "bucket", "dags/", bucket.folder).sync()
    assert bucket.found() == {"good.py": "dags/good.py"}
    assert {path.name for path in outside.iterdir()} == {"dags"}


def test_a_key_that_is_the_folder_of_another_gives_way(bucket: Bucket) -> None:
    bucket.put("dags/a", "file")
    dags = bucket.dags()
    dags.sync()
    bucket.put("dags/a/b.py", "1")
    dags.sync()
    assert bucket.found() == {"a/b.py": "1"}
    (bucket.folder / "a" / "__pycache__").mkdir()
    bucket.delete("dags/a/b.py")
    dags.sync()
    assert bucket.found() == {"a": "file"}


def test_a_file_that_goes_while_it_is_fetched_is_none(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("dags/gone.py", "1")
    bucket.put("dags/stays.py", "2")
    s3 = client("s3")
    plain = s3.get_object

    def get_object(**named: str) -> object:
        bucket.delete("dags/gone.py")
        return plain(**named)

    monkeypatch.setattr(s3, "get_object", get_object)
    dags = DagFolder(s3, bucket.name, "dags/", bucket.folder)
    dags.sync()
    assert bucket.found() == {"stays.py": "2"}
    assert dags.sync() is False


def test_a_version_is_fetched_as_it_was(bucket: Bucket, tmp_path: Path) -> None:
    first = bucket.put("folder/startup.sh", "first")
    second = bucket.put("folder/startup.sh", "second")
    s3 = client("s3")

    def text(version: str | None) -> str:
        path = fetch(s3, bucket.name, S3File("folder/startup.sh", version), tmp_path)
        assert path.name == "startup.sh"
        return path.read_text()

    assert [text(first), text(second), text(None)] == ["first", "second", "second"]
    bucket.put("folder/startup.sh", "third")
    assert [text(first), text(second), text(None)] == ["first", "second", "third"]
    with pytest.raises(ClientError):
        fetch(s3, bucket.name, S3File("absent", None), tmp_path)


@pytest.mark.parametrize("name", ["a.py", "a/b.py", "a..b/c", "..a"])
def test_names_inside(name: str) -> None:
    assert is_inside(name)


@pytest.mark.parametrize("name", ["..", "../a", "a/../../b", "/a", "a/..", "//a"])
def test_names_outside(name: str) -> None:
    assert not is_inside(name)


def archive(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, text in members.items():
            made.writestr(name, text)
    return path


def test_the_plugin_folder_is_what_the_archive_holds(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    unpack_plugins(archive(tmp_path / "1.zip", **{"a.py": "1", "sub/b.py": "2"}), folder)
    assert (folder / "a.py").read_text() == "1"
    assert (folder / "sub" / "b.py").read_text() == "2"
    unpack_plugins(archive(tmp_path / "2.zip", **{"c.py": "3"}), folder)
    assert [path.name for path in folder.iterdir()] == ["c.py"]
    unpack_plugins(None, folder)
    assert folder.is_dir() and not any(folder.iterdir())


def flipped(whole: bytes) -> bytes:
    """A zip file with another content than its checksum says."""
    middle = whole.index(b"1" * 1000) + 500
    return whole[:middle] + b"2" + whole[middle + 1 :]


@pytest.mark.parametrize("name", ["../out.py", "/out.py", "sub/../../out.py"])
def test_an_archive_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "plugins"
    made = archive(tmp_path / "bad.zip", **{"good.py": "1", name: "2"})
    with pytest.raises(ValueError, match=r"bad\.zip.*out\.py"):
        unpack_plugins(made, folder)
    assert not any(folder.iterdir())


@pytest.mark.parametrize("damage", [lambda _: b"no zip", lambda whole: whole[:-30], flipped])
def test_what_is_no_whole_archive_is_said(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    made = archive(tmp_path / "plugins.zip", **{"a.py": "1" * 1000})
    made.write_bytes(damage(made.read_bytes()))
    with pytest.raises(ValueError, match=r"plugins\.zip is not a whole zip"):
        unpack_plugins(made, tmp_path / "plugins")


def test_the_status_is_for_its_owner_and_never_half(tmp_path: Path) -> None:
    status = Status(
        State.FAILED,
        "mine",
        "3.2.1",
        1,
        "http://127.0.0.1:1",
        "admin",
        "word",
        "/run",
        "x" * 100_000,
    )
    write_status(tmp_path, status)
    path = tmp_path / "status.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["state"] == "failed"
    ended = threading.Event()
    read = []

    def reads() -> None:
        while not ended.is_set():
            read.append(json.loads(path.read_text())["state"])

    reader = threading.Thread(target=reads)
    reader.start()
    for state in [State.STARTING, State.HEALTHY] * 50:
        write_status(tmp_path, Status(state, "mine", "3.2.1", 1, "", "", "", "", "x" * 100_000))
    ended.set()
    reader.join()
    assert read and set(read) <= {"failed", "starting", "healthy"}
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_a_file_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    for name in ("secrets.json", "secrets.json.partial"):
        (tmp_path / name).write_text("old")
        (tmp_path / name).chmod(0o644)
    write(path, "new")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)
