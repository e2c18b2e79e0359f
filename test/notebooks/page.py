"""Executes the notebook on sample reviews by papermill, and makes a page of it as on the laptop.

    python page.py FOLDER CATEGORY…

Leaves `executed.html` in the folder.
"""

from __future__ import annotations

import runpy
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("jobs/emr", "test/jobs")]

#: What makes the page on the laptop. By its path: papermill would find modules of its folder.
RUN_NOTEBOOK = ROOT / "local/cloud/services/emr/notebooks/run_notebook.py"

import session  # noqa: E402, F401 - it says how Spark is started.


def main() -> None:
    import nbformat
    import papermill
    from nbconvert.exporters.html import HTMLExporter
    from pyspark.sql import SparkSession

    import generate_sample_reviews as samples

    template = runpy.run_path(str(RUN_NOTEBOOK))["_TEMPLATE"]
    folder, categories = Path(sys.argv[1]), sys.argv[2:]
    spark = SparkSession.builder.getOrCreate()
    days = (date(2015, 8, 1), date(2015, 8, 31))
    samples.write(samples.generate(spark, 20_000, categories, *days), f"{folder}/reviews")
    spark.stop()
    papermill.execute_notebook(
        ROOT / "notebooks" / "find_best_sellers.ipynb",
        folder / "executed.ipynb",
        {
            "INPUT_LOCATION": f"{folder}/reviews/",
            "CATEGORIES": categories,
            "FROM_DATE": "2015-08-25",
            "TO_DATE": "2015-08-31",
            "OUTPUT_LOCATION": f"{folder}/results/",
        },
        kernel_name="python3",
        progress_bar=False,
    )
    notebook = nbformat.read(folder / "executed.ipynb", as_version=4)
    page, _ = HTMLExporter(raw_template=template).from_notebook_node(notebook)
    (folder / "executed.html").write_text(page)


if __name__ == "__main__":
    main()
