"""What the environment takes from its bucket: the DAG folder, as it changes, and single files."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import ClientError

from environment import S3File


class DagFolder:
    """The DAG folder, kept like the bucket's."""

    def __init__(self, s3: Any, bucket: str, prefix: str, folder: Path) -> None:
        """Begin with an empty folder.

        Args:
            s3: boto3 client.
            bucket: Name of the bucket.
            prefix: Start of the keys, with a slash at its end.
            folder: Where the files go; what is there already is taken away.
        """
        self._s3, self._bucket, self._prefix, self._folder = s3, bucket, prefix, folder
        self._etags: dict[str, str] = {}
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def sync(self) -> bool:
        """Fetch what is new or changed, remove what is gone; returns whether anything was."""
        wanted = self._listed()
        gone = self._etags.keys() - wanted.keys()
        changed = [name for name, etag in wanted.items() if self._etags.get(name) != etag]
        for name in gone:
            (self._folder / name).unlink(missing_ok=True)
            del self._etags[name]
        for name in changed:
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # Renamed into place: a file is never parsed half written.
            partial = path.with_name(f".{path.name}.partial")
            try:
                _download(self._s3, partial, Bucket=self._bucket, Key=self._prefix + name)
            except ClientError as error:
                if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                    # Removed since it was listed.
                    continue
                raise
            if path.is_dir():
                # Its files are gone, of which Python may have left something.
                shutil.rmtree(path)
            partial.replace(path)
            self._etags[name] = wanted[name]
        if not gone and not changed:
            return False
        # A module may have changed that DAG files import: they are to be parsed again as well.
        for path in self._folder.rglob("*.py"):
            os.utime(path)
        return True

    def _listed(self) -> dict[str, str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix
        )
        listed = {}
        for page in pages:
            for entry in page.get("Contents", []):
                name = entry["Key"].removeprefix(self._prefix)
                if name and not name.endswith("/") and is_inside(name):
                    listed[name] = entry["ETag"]
        # A key may be the folder of another, a file cannot.
        folders = {str(folder) for name in listed for folder in PurePosixPath(name).parents}
        return {name: etag for name, etag in listed.items() if name not in folders}


def is_inside(name: str) -> bool:
    """Whether a relative name stays in the folder that it is put into."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def fetch(s3: Any, bucket: str, file: S3File, into: Path) -> Path:
    """Fetch one version of a file, where it is not there yet, into a folder of its own."""
    path = into / (file.version or "latest") / PurePosixPath(file.key).name
    if file.version is None or not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        version = {"VersionId": file.version} if file.version else {}
        _download(s3, partial, Bucket=bucket, Key=file.key, **version)
        partial.replace(path)
    return path


def _download(s3: Any, path: Path, **named: str) -> None:
    """Fetch an object. Not by download_file, whose HEAD is refused without saying what for."""
    body = s3.get_object(**named)["Body"]
    with path.open("wb") as file:
        shutil.copyfileobj(body, file)


def unpack_plugins(archive: Path | None, folder: Path) -> None:
    """Make the plugin folder what plugins.zip holds; empty where there is none.

    Raises:
        ValueError: for what is no whole zip, or a member whose name leads out of the folder.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if archive is None:
        return
    try:
        with zipfile.ZipFile(archive) as plugins:
            for name in plugins.namelist():
                if not is_inside(name):
                    raise ValueError(f"{archive.name} has a member with the unsafe name {name!r}.")
            plugins.extractall(folder)
    except (EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{archive.name} is not a whole zip file: {error}") from error
