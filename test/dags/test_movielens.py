"""The data set's zip: what is taken, and what is refused before anything is written."""

from __future__ import annotations

import http.server
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from botocore.exceptions import ClientError
from conftest import TABLES, csv_bytes, data_set, zip_bytes

from mwaalib import movielens
from mwaalib.movielens import Archive, InputError


class Body(io.BytesIO):
    """An object's content, as boto3 hands it out."""

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        return iter(lambda: self.read(size), b"")


class FakeS3:
    """Takes uploads, and serves one object."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = content
        self.asked: list[tuple[str, str]] = []
        self.uploads: dict[str, bytes] = {}
        self.metadata: dict[str, dict[str, str]] = {}

    def head_object(self, Bucket: str, Key: str) -> dict:
        if f"{Bucket}/{Key}" not in self.metadata:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        return {"Metadata": self.metadata[f"{Bucket}/{Key}"]}

    def get_object(self, Bucket: str, Key: str) -> dict:
        self.asked.append((Bucket, Key))
        return {"Body": Body(self.content)}

    def upload_fileobj(self, file, bucket: str, key: str, ExtraArgs: dict) -> None:
        assert ExtraArgs.pop("ContentType") == "text/csv"
        self.metadata[f"{bucket}/{key}"] = ExtraArgs.pop("Metadata", {})
        assert ExtraArgs == {}
        self.uploads[f"{bucket}/{key}"] = file.read()


def load(content: bytes, source: str = "s3://outside/some/ml.zip") -> FakeS3:
    s3 = FakeS3(content)
    movielens.load(source, s3, "data", "files/ml-latest-small/", io.BytesIO())
    return s3


def test_tables_are_put_into_folders_of_their_own_byte_for_byte():
    s3 = load(zip_bytes(data_set()))
    assert s3.asked == [("outside", "some/ml.zip")]
    assert s3.uploads == {
        f"data/files/ml-latest-small/{name}/{name}.csv": csv_bytes(table)
        for name, table in TABLES.items()
    }


def test_what_is_there_already_is_not_written_again():
    s3 = FakeS3()
    where = (s3, "data", "files/")

    def upload(**changed: bytes) -> list[str]:
        s3.uploads.clear()
        archive = Archive(io.BytesIO(zip_bytes(data_set(**changed))))
        keys = archive.upload(*where, keep_unchanged=True)
        assert [f"data/{key}" for key in keys] == list(s3.uploads)
        return keys

    assert len(upload()) == len(TABLES)
    assert upload() == []
    more = csv_bytes([*TABLES["ratings"], (9, 1, "4.0", 964982703)])
    assert upload(ratings=more) == ["files/ratings/ratings.csv"]
    assert upload(ratings=more) == []
    # What somebody else has put there says nothing of its content.
    s3.metadata["data/files/tags/tags.csv"] = {}
    assert upload(ratings=more) == ["files/tags/tags.csv"]


def test_an_object_that_may_not_be_looked_at_ends_the_upload():
    class Refused(FakeS3):
        def head_object(self, Bucket: str, Key: str) -> dict:
            raise ClientError({"Error": {"Code": "403"}}, "HeadObject")

    archive = Archive(io.BytesIO(zip_bytes(data_set())))
    with pytest.raises(ClientError):
        archive.upload(Refused(), "data", "files/", keep_unchanged=True)


def test_rows_are_counted_without_the_header():
    archive = Archive(io.BytesIO(zip_bytes(data_set())))
    assert archive.rows == {name: len(table) - 1 for name, table in TABLES.items()}


def test_other_files_are_left_alone():
    members = {**data_set(), "ml-latest-small/README.txt": b"read me", "ml-latest-small/": b""}
    assert len(load(zip_bytes(members)).uploads) == len(TABLES)


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def ratings(*rows: tuple) -> dict:
    return data_set(ratings=[TABLES["ratings"][0], *rows])


WHOLE = zip_bytes(data_set())


def damaged() -> bytes:
    """A zip with one byte of a member's stored content changed, so that its checksum is wrong."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, data in data_set().items():
            archive.writestr(name, data)
    return content.getvalue().replace(b"Toy Story", b"Toy Stori")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"<html>not a zip</html>", "not a whole zip", id="not a zip"),
        pytest.param(b"", "not a whole zip", id="empty"),
        pytest.param(WHOLE[: len(WHOLE) // 2], "not a whole zip", id="cut in half"),
        pytest.param(WHOLE[:-1], "not a whole zip", id="one byte short"),
        pytest.param(damaged(), "movies.csv is damaged", id="wrong checksum"),
        pytest.param(
            zip_bytes({**data_set(), "../../etc/cron.d/x": b""}), "unsafe name", id="parent folder"
        ),
        pytest.param(zip_bytes({**data_set(), "/etc/x": b""}), "unsafe name", id="absolute"),
        pytest.param(zip_bytes({**data_set(), "a\\..\\x": b""}), "unsafe name", id="backslash"),
        pytest.param(zip_bytes({**data_set(), link("x.csv"): b"/etc"}), "the link", id="link"),
        pytest.param(zip_bytes(data_set(ratings=None)), "0 files ratings.csv", id="no ratings"),
        pytest.param(zip_bytes(data_set(tags=None)), "0 files tags.csv", id="no tags"),
        pytest.param(
            zip_bytes({**data_set(), "other/ratings.csv": b""}), "2 files ratings.csv", id="twice"
        ),
        pytest.param(
            zip_bytes(data_set(movies=[("id", "name"), (1, "x")])),
            "movies.csv has the columns id,name; movieId,title,genres were expected",
            id="other columns",
        ),
        pytest.param(zip_bytes(data_set(tags=b"")), "tags.csv has the columns ;", id="no header"),
        pytest.param(
            zip_bytes(ratings((1, 1, "4.0", 1), (1, 2))), "line 3 has 2 values", id="short line"
        ),
        pytest.param(
            zip_bytes(ratings((1, 1, "good", 1))),
            "line 2: rating is 'good'; expected 0.5 to 5.0",
            id="rating is a word",
        ),
        pytest.param(zip_bytes(ratings((1, 1, "4.3", 1))), "rating is '4.3'", id="not a half star"),
        pytest.param(zip_bytes(ratings((1, 1, "5.5", 1))), "rating is '5.5'", id="too many stars"),
        pytest.param(zip_bytes(ratings((1, 1, "NaN", 1))), "rating is 'NaN'", id="not a number"),
        pytest.param(zip_bytes(ratings(("", 1, "4.0", 1))), "userId is ''", id="no user"),
        pytest.param(zip_bytes(ratings((1, 1, "4.0", "now"))), "timestamp is 'now'", id="no time"),
        pytest.param(
            zip_bytes(data_set(movies=[TABLES["movies"][0], (1, " ", "Drama")])),
            "title is ' '",
            id="no title",
        ),
        pytest.param(
            zip_bytes(data_set(movies=[TABLES["movies"][0], (1, "two\nlines", "Drama")])),
            "a line break in a value",
            id="line break",
        ),
        pytest.param(
            zip_bytes(data_set(movies=b'movieId,title,genres\n1,"open,Drama\n')),
            "movies.csv line 2",
            id="open quote",
        ),
        pytest.param(
            zip_bytes(data_set(movies="movieId,title,genres\n1,Amélie,x\n".encode("latin-1"))),
            "not UTF-8",
            id="another encoding",
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(content: bytes, message: str):
    s3 = FakeS3(content)
    with pytest.raises(InputError) as refused:
        movielens.load("s3://outside/ml.zip", s3, "data", "files/", io.BytesIO())
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert s3.uploads == {}


def test_an_encrypted_member_is_refused():
    content = bytearray(WHOLE)
    # Bit 0 of the flags in the first entry of the central directory.
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InputError, match="is encrypted"):
        Archive(io.BytesIO(bytes(content)))


def test_what_unpacks_to_too_much_is_refused_before_it_is_read():
    size = sum(len(csv_bytes(table)) for table in TABLES.values())
    Archive(io.BytesIO(WHOLE), max_unpacked_bytes=size)
    with pytest.raises(InputError, match=f"unpacks to {size} bytes; {size - 1} are allowed"):
        Archive(io.BytesIO(WHOLE), max_unpacked_bytes=size - 1)


def test_a_download_stops_at_its_limit():
    into = io.BytesIO()
    with pytest.raises(InputError, match="more than the 10 bytes"):
        movielens.download("s3://b/k", FakeS3(WHOLE), into, max_bytes=10)
    assert into.getvalue() == b""


@pytest.mark.parametrize("source", ["ftp://x/y.zip", "ml.zip", "s3://bucket", "s3:///key", "/x"])
def test_another_kind_of_source_is_refused(source: str):
    with pytest.raises(InputError, match="give https://"):
        movielens.download(source, FakeS3(), io.BytesIO())


@pytest.fixture
def web(tmp_path: Path):
    """A web server on the loopback; answers with its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, directory=str(tmp_path), **kwargs)

        def do_GET(self):
            if self.path == "/busy.zip":
                self.send_error(http.HTTPStatus.SERVICE_UNAVAILABLE)
            else:
                super().do_GET()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_web_address_is_streamed(web: str, tmp_path: Path):
    (tmp_path / "ml.zip").write_bytes(WHOLE)
    into = io.BytesIO()
    movielens.download(f"{web}/ml.zip", FakeS3(), into)
    assert into.getvalue() == WHOLE


def test_a_web_address_that_does_not_answer_with_a_file_is_refused(web: str):
    with pytest.raises(InputError, match=r"gone\.zip answered 404"):
        movielens.download(f"{web}/gone.zip", FakeS3(), io.BytesIO())


def test_a_server_that_fails_is_not_taken_for_bad_data(web: str):
    # A retry may have better luck, so it must not look like a zip that is wrong.
    with pytest.raises(requests.HTTPError, match="503"):
        movielens.download(f"{web}/busy.zip", FakeS3(), io.BytesIO())


def test_lines_can_be_left_to_the_reader():
    broken = csv_bytes(TABLES["ratings"]) + b"1,1,good\n"
    archive = Archive(io.BytesIO(zip_bytes(data_set(ratings=broken))), check_rows=False)
    assert archive.rows["ratings"] == len(TABLES["ratings"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(damaged(), "movies.csv is damaged", id="wrong checksum"),
        pytest.param(zip_bytes(data_set(tags=None)), "0 files tags.csv", id="no tags"),
        pytest.param(
            zip_bytes(data_set(tags=b"a,b\n1,2\n")), "tags.csv has the columns a,b;", id="columns"
        ),
        pytest.param(zip_bytes(data_set(tags=b"")), "tags.csv has the columns ;", id="no header"),
    ],
)
def test_the_file_as_a_whole_is_looked_at_all_the_same(content: bytes, message: str):
    with pytest.raises(InputError, match=re.escape(message)):
        Archive(io.BytesIO(content), check_rows=False)
